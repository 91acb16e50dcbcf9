package intake

import (
	"time"

	"golang.org/x/sys/unix"

	"vlpd/event"
	"vlpd/lean"
)

// Another program can change the settings of a line that is open: stty, a
// terminal program of root, whom TIOCEXCL does not keep out, or a getty that
// inittab starts after us. Cooked, the line holds frames back until one has a
// line feed in it, changes and drops some of their bytes, and echoes them on
// to the wire. The kernel tells nobody of it, so the opener looks when the
// loop has a doubt, and once some time after the line came up, for a device
// that was never heard.

const (
	// lookAfter is when the opener looks by itself: init has started what it
	// starts by then.
	lookAfter = 30 * time.Second

	// lookEvery is how often it looks at most; a doubt in between is kept.
	lookEvery = time.Second
)

// settings reads how the tty is set. Where the second generation of the calls
// is refused (user-mode emulators), speeds without a name are all one.
func settings(fd int) (unix.Termios, error) {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		t, err = unix.IoctlGetTermios(fd, unix.TCGETS)
	}
	if err != nil {
		return unix.Termios{}, lean.SyscallError("ioctl TCGETS", err)
	}
	return *t, nil
}

// configure sets the tty as c says, and notes how the driver left it.
func (p *port) configure(c *LineConfig) error {
	known, err := makeRaw(p.fd, c)
	if err != nil {
		return err
	}
	if p.baud, err = settleSpeed(p.fd, c.Baud, !known); err != nil {
		return err
	}
	p.settings, err = settings(p.fd)
	return err
}

// restore reports whether somebody had changed the settings. An error is a
// tty that has hung up, which the loop finds out.
func (p *port) restore(c *LineConfig) bool {
	now, err := settings(p.fd)
	return err == nil && now != p.settings && p.configure(c) == nil
}

// attend waits until the loop has done with the line, and sees to it that it
// stays as it was set.
func (o *opener) attend() {
	look, calm, doubt := lean.NewAlarm(lookAfter), lean.NewAlarm(lookEvery), o.doubt
	calm.Stop()
	defer look.Stop()
	defer calm.Stop()
	for {
		select {
		case <-o.release:
			return
		case <-o.stop:
			return
		case <-calm.C:
			doubt = o.doubt
			continue
		case <-doubt:
			doubt = nil
			calm.Set(lookEvery)
		case <-look.C:
		}
		if o.port.restore(&o.cfg) && !o.say(Change{Line: o.index, Up: true, Code: event.LineRestored, Baud: o.port.baud}) {
			return
		}
	}
}

// Doubt has the settings of the line looked at, which may have been changed by
// others: an agent fell silent, or bytes are no frames. If so they are set
// again, and Next says LineRestored.
func (l *Line) Doubt() { poke(l.doubt) }
