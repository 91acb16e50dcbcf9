package observer

import (
	"time"

	"golang.org/x/sys/unix"

	"vlpd/confine"
	"vlpd/diag"
	"vlpd/event"
	"vlpd/lean"
	"vlpd/liveness"
)

// checkLive refuses early what buildLive would refuse: by then a log exists.
func checkLive(o *observer, _ *event.Format) error {
	if err := checkHeartbeat(o.c.Live.HeartbeatPath); err != nil {
		return err
	}
	path := o.c.Live.Hardware
	if path == "" {
		return nil
	}
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return lean.Wrap("--hw-watchdog "+path, lean.SyscallError("stat", err))
	}
	if st.Mode&unix.S_IFMT != unix.S_IFCHR {
		return lean.New("--hw-watchdog " + path + ": must be a character device")
	}
	return nil
}

// checkHeartbeat refuses a device, a pipe or a socket: each heartbeat is renamed to
// the path, so that /dev/null would be a plain file for all the machine. A folder
// stays what it is, as rename(2) fails there.
func checkHeartbeat(path string) error {
	var st unix.Stat_t
	if path == "" || unix.Stat(path, &st) != nil {
		return nil
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG, unix.S_IFDIR:
		return nil
	}
	return lean.New("--heartbeat-file " + path + ": must be a regular file, if it is there: each heartbeat takes its place")
}

// buildLive is the last step of start-up: with it a hardware watchdog begins
// to count.
func buildLive(o *observer, _ *event.Format) (err error) {
	l, c := o.loop, &o.c.Live
	var keep confine.Caps
	if c.Hardware != "" {
		keep = confine.Files
	}
	err = o.with(keep, func() (err error) {
		l.keeper, err = liveness.Start(liveness.Options{
			NotifySocket: o.notifySocket, WatchdogTime: o.watchdogTime,
			HeartbeatPath: c.HeartbeatPath, SelfSecs: int64(c.SelfAfter / time.Second), HWPath: c.Hardware,
			Grace: o.c.ShutdownGrace, Ring: l.signals.bell.Ring,
			Say: func(level liveness.Level, text string) { o.diag.Say(diag.Level(level), text) },
		})
		return err
	})
	return err
}
