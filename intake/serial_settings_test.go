package intake

import (
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// cooked is what stty sane makes of a tty, as far as it matters here.
func cooked(t *unix.Termios) {
	t.Iflag |= unix.ICRNL | unix.IXON
	t.Lflag |= unix.ICANON | unix.ECHO | unix.ISIG | unix.IEXTEN
	t.Cc[unix.VEOF] = 4
}

// set changes the tty behind the line's back.
func (p *pty) set(change func(t *unix.Termios)) {
	p.t.Helper()
	fd, err := unix.Open(p.path, unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	defer unix.Close(fd)
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	change(t)
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		p.t.Fatal(err)
	}
}

// What another program changes on an open line is set again once somebody has a
// doubt, and the line stays up.
func TestSettingsAreRestored(t *testing.T) {
	for name, change := range map[string]func(t *unix.Termios){
		"cooked":      cooked,
		"echo":        func(t *unix.Termios) { t.Lflag |= unix.ECHO },
		"seven bits":  func(t *unix.Termios) { t.Iflag |= unix.ISTRIP },
		"speed":       func(t *unix.Termios) { t.Cflag = t.Cflag&^unix.CBAUD | unix.B1200 },
		"VMIN of 200": func(t *unix.Termios) { t.Cc[unix.VMIN] = 200 },
		"PARMRK":      func(t *unix.Termios) { t.Iflag |= unix.PARMRK },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPTY(t)
			speed := 250000 // which takes termios2
			if emulated() {
				speed = 115200
			}
			r := newRig(t, noSys(t), "a="+p.path+","+strconv.Itoa(speed))
			r.expectUp(event.LineOpened)
			opened := r.last(0).Baud
			l := r.lines.Line(0)
			fd := l.FD()
			before, err := settings(fd)
			if err != nil {
				t.Fatal(err)
			}
			p.set(change)
			l.Doubt()
			if c := r.expect(0, true, event.LineRestored); c.Baud != opened || c.Opened() {
				t.Errorf("change %+v, opened at %d baud", c, opened)
			}
			if after, err := settings(fd); err != nil || after != before || l.FD() != fd {
				t.Errorf("settings %+v, before %+v, %v", after, before, err)
			}
			r.beat(0, p)
			l.Doubt() // in vain
			p.set(change)
			l.Doubt()
			r.expect(0, true, event.LineRestored)
			r.beat(0, p)
			if len(r.changes) != 3 || l.Reopens() != 0 {
				t.Errorf("changes %+v, reopens %d", r.changes, l.Reopens())
			}
		})
	}
}

// A read of nothing is a hang-up only if the line has hung up: the settings of
// others can cause it too, and are a doubt by themselves.
func TestNothingReadIsNoHangup(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(t *unix.Termios)
		wrote  string
	}{
		"VMIN of 0":            {func(t *unix.Termios) { t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 0, 0 }, ""},
		"end of a cooked file": {cooked, "\x04"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPTY(t)
			r := newRig(t, noSys(t), "a="+p.path)
			r.expectUp(event.LineOpened)
			p.set(tc.change)
			p.write([]byte(tc.wrote))
			if tc.wrote == "" {
				if n, down := r.lines.Line(0).Read(); n != 0 || down != 0 {
					t.Fatalf("read %d, down %#x", n, down)
				}
			}
			r.expect(0, true, event.LineRestored)
			r.beat(0, p)
			p.close()
			r.expect(0, false, event.LineHangup)
		})
	}
}

// A line that hung up in the meantime does not come up by being restored.
func TestRestoredAfterHangup(t *testing.T) {
	p := newPTY(t)
	r := newRig(t, noSys(t), "a="+p.path)
	r.expectUp(event.LineOpened)
	p.set(cooked)
	r.lines.Line(0).Doubt()
	eventually(t, "the opener has spoken", func() bool { return len(r.lines.changes) == 1 })
	r.lines.Release(0)
	if c, ok := r.lines.Next(); ok && !c.Opened() {
		t.Errorf("%+v of a line that is down", c)
	}
}
