package observer

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/args"
	"vlpd/config"
	"vlpd/confine"
	"vlpd/diag"
	"vlpd/event"
	"vlpd/lean"
	"vlpd/platform"
	"vlpd/sink"
)

const (
	// collectAt is how much garbage, in percent of the live heap, starts a
	// collection, and by that when the first comes: at 40 KiB of heap for each
	// percent. There is no garbage in steady state; lines and commands that come
	// and go make a little, and it must not pile up to the usual 4 MiB. Start-up
	// must stay below: a first collection costs 200 to 400 kB of memory for good,
	// and from then on there is one every two minutes.
	collectAt = 50

	memoryLimit = 256 << 20
)

// observe builds the observer, runs it until something ends it, and takes it
// down again: whatever was heard is written first.
func observe(c *config.Config, release Release, log *diag.Log) error {
	runtime.GOMAXPROCS(processors(c))
	debug.SetGCPercent(collectAt)
	debug.SetMemoryLimit(memoryLimit)
	for _, name := range c.NoEffect {
		log.Say(diag.Info, name+" has no effect here")
	}
	o, err := build(c, release, log, sink.OS)
	if err != nil {
		o.close()
		return err
	}
	o.sayReady()
	platform.ForgetText() // without /proc it stays
	return o.run()
}

// processors is how many goroutines may be inside the runtime at once: the loop,
// and each that may be blocked in a system call before the runtime has noticed,
// which can take it ten milliseconds. More than a small board has, on purpose.
func processors(c *config.Config) int {
	n := 1
	for _, blocking := range []struct {
		there bool
		count int
	}{
		{true, 2}, // the log's writer and syncer
		{c.Audit.Path != "", 2},
		{c.Recovery.IsSet(), 1},
		{c.Live.HeartbeatPath != "" || c.Live.Hardware != "", 1},
	} {
		if blocking.there {
			n += blocking.count
		}
	}
	return n
}

// run is the observer's life after start-up.
func (o *observer) run() error {
	err := o.loop.poller.Run(o.loop.turn)
	return errorsJoin(errorsJoin(err, o.loop.fatal), o.stop())
}

// observer is the loop and what was built around it.
type observer struct {
	c     *config.Config
	diag  *diag.Log
	files sink.FS     // where the event log lives
	stats *sink.Stats // of the event log; nil without one
	loop  *loop
	user  confine.User // to become; UID 0: none

	mustLetGo bool // of a right that was kept for the watchdog
	stateLock int  // descriptor plus one; 0: none

	notifySocket string // what systemd said in the environment at the start
	watchdogTime time.Duration

	release Release
}

// stop ends in the order of the data: sources, commands and their record, rows,
// log, metrics.
func (o *observer) stop() error {
	l := o.loop
	began := time.Now()
	l.keeper.Stopping()
	l.now = l.clock.Now()
	l.late = backlogNS + 1 // whatever the kernel holds
	for i := range l.sockets {
		// What is sent from now on is refused; what the queue holds stays readable.
		unix.Shutdown(l.sockets[i].unix.FD(), unix.SHUT_RD)
	}
	l.drain() // what was sent before is a beat
	l.stopReplay(o.c.ShutdownGrace / 4)
	o.closeSockets()
	o.stopRecovery(o.c.ShutdownGrace / 2)
	left := o.c.ShutdownGrace - time.Since(began)
	if l.log != nil {
		left /= 2 // a medium that hangs under the audit log must not cost the event log its rows
	}
	err := o.stopAudit(left)
	if l.log != nil {
		l.emit(&event.Record{At: l.now, Kind: event.Stop, ID: uint32(os.Getpid()), Code: l.stopCode})
		l.log.Flush()
		if e := l.log.Close(o.c.ShutdownGrace - time.Since(began)); e != nil {
			err = errorsJoin(err, lean.Wrap("event log", e))
		}
		l.log = nil
	}
	o.close()
	return err
}

// close gives back what build took, in any state of completion.
func (o *observer) close() {
	l := o.loop
	o.closeSockets()
	o.stopRecovery(o.c.ShutdownGrace)
	o.stopAudit(o.c.ShutdownGrace)
	if l.log != nil {
		l.log.Close(o.c.ShutdownGrace)
	}
	if l.lines != nil {
		l.lines.Close(time.Second)
	}
	if l.server != nil {
		l.server.Close()
	}
	l.keeper.Close()
	if l.processes != nil {
		l.processes.Close()
	}
	if o.stateLock != 0 {
		unix.Close(o.stateLock - 1)
		o.stateLock = 0
	}
}

// closeSockets does nothing for those that are closed.
func (o *observer) closeSockets() {
	if u := o.loop.udp; u != nil {
		u.udp.Close()
	}
	for i := range o.loop.sockets {
		if err := o.loop.sockets[i].unix.Close(); err != nil {
			o.diag.SayError(diag.Warn, "socket", err)
		}
	}
}

// sayReady is the last act of start-up.
func (o *observer) sayReady() {
	l := o.loop
	if l.server != nil {
		o.printAddr(l.server.Addr().String())
	}
	text := "ready: silence of " + args.SpanText(o.c.Threshold) + " is a stall, up to " + strconv.Itoa(o.c.Capacity) + " agents"
	for i := range l.sockets {
		u := l.sockets[i].unix
		text += "; socket " + o.c.Sockets[i] + " (queue of " + strconv.Itoa(u.QueueLimit()) + ")"
	}
	if l.udp != nil {
		text += "; UDP " + l.udp.name
	}
	for _, line := range o.c.Lines {
		text += "; line " + line.Name + " on " + line.Device
	}
	if o.c.Log.Path != "" {
		text += "; log " + o.c.Log.Path
	}
	if l.server != nil {
		text += "; metrics " + l.server.Addr().String()
	}
	if l.confined != "" {
		text += "; " + l.confined
	}
	o.diag.Say(diag.Info, text)
	l.keeper.Ready()
	l.keeper.Status(text)
}

// printAddr writes where /metrics is to stdout, as scripts expect. A stdout that
// takes nothing, such as a stopped terminal, holds nobody up for longer than
// stdoutMillis.
func (o *observer) printAddr(addr string) {
	ready := []unix.PollFd{{Fd: 1, Events: unix.POLLOUT}}
	if n, err := unix.Poll(ready, stdoutMillis); err == nil && n == 0 {
		o.diag.Say(diag.Warn, "stdout does not take the address of /metrics; going on")
	} else if err := lean.Print(addr + "\n"); err != nil { // so short that it fits at once, see pipe(7)
		o.diag.SayError(diag.Warn, "cannot print the address of /metrics", err)
	}
}

const stdoutMillis = 1000

// clockID is the kernel's number of the clock that was asked for.
func clockID(name string) int {
	if name == "boottime" {
		return unix.CLOCK_BOOTTIME
	}
	return unix.CLOCK_MONOTONIC
}

// wallNS is the wall clock, for people only.
func wallNS() uint64 { return uint64(time.Now().UnixNano()) }

// bootID tells boots apart; random(4).
func bootID() string {
	id, err := lean.ReadText("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "unknown"
	}
	return id
}

// errorsJoin keeps the first of two errors in front.
func errorsJoin(first, second error) error {
	switch {
	case first == nil:
		return second
	case second == nil:
		return first
	}
	return lean.Mark(first.Error()+"; "+second.Error(), first)
}
