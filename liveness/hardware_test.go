package liveness

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fakeDevice is a driver: what it can, and what was asked of it.
type fakeDevice struct {
	options  uint32
	status   int
	timeout  int
	most     int // longest timeout it takes; 0: it takes none
	pre      int
	none     bool // no watchdog at all
	noPing   bool // WDIOC_KEEPALIVE is not there, though the options say so
	silent   bool // WDIOC_GETTIMEOUT is not there
	feedErr  error
	writeErr error

	did strings.Builder
}

func (d *fakeDevice) support() (uint32, string, error) {
	if d.none {
		return 0, "", os.NewSyscallError("ioctl", unix.ENOTTY)
	}
	return d.options, "Fake \"dog\"", nil
}

func (d *fakeDevice) get(request uint) (int, error) {
	switch request {
	case unix.WDIOC_GETBOOTSTATUS:
		return d.status, nil
	case unix.WDIOC_GETTIMEOUT:
		if d.silent {
			return 0, unix.EOPNOTSUPP
		}
		return d.timeout, nil
	case unix.WDIOC_GETPRETIMEOUT:
		return d.pre, nil
	}
	return 0, unix.ENOTTY
}

func (d *fakeDevice) set(request uint, value int) (int, error) {
	switch {
	case request == unix.WDIOC_SETPRETIMEOUT:
		d.pre = value
		return value, nil
	case d.most == 0:
		return 0, unix.EOPNOTSUPP
	case value > d.most:
		return 0, unix.EINVAL
	}
	d.timeout = value
	return value, nil
}

func (d *fakeDevice) keepAlive() error {
	if d.noPing {
		return os.NewSyscallError("ioctl", unix.EOPNOTSUPP)
	}
	d.did.WriteString("K")
	return d.feedErr
}

func (d *fakeDevice) write(b byte) error {
	if b == 0 {
		b = '0'
	}
	d.did.WriteByte(b)
	return d.writeErr
}

func (d *fakeDevice) close() error { d.did.WriteString("."); return nil }

const usual = unix.WDIOF_SETTIMEOUT | unix.WDIOF_KEEPALIVEPING | unix.WDIOF_MAGICCLOSE

func TestAdopt(t *testing.T) {
	for _, c := range []struct {
		what    string
		dev     fakeDevice
		noWay   bool
		timeout time.Duration
		pre     int
		said    []string
	}{
		{"the usual minute becomes less", fakeDevice{options: usual, timeout: 60, most: 65535}, false, 30 * time.Second, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 30 s, fed every 10 s`}},
		{"a short one stays", fakeDevice{options: usual, timeout: 8, most: 65535}, false, 8 * time.Second, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 8 s, fed every 2.666 s`}},
		{"one that cannot be set", fakeDevice{options: usual, timeout: 60}, false, time.Minute, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 60 s, fed every 20 s`}},
		{"one that does not go so far", fakeDevice{options: usual, timeout: 40, most: 16}, false, 40 * time.Second, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 40 s, fed every 13.333 s`}},
		{"one that does not tell", fakeDevice{options: usual, silent: true}, false, 0, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", timeout unknown, fed every 1 s`}},
		{"one that does not tell, but obeys", fakeDevice{options: usual, silent: true, most: 60}, false, 30 * time.Second, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 30 s, fed every 10 s`}},
		{"pretimeout", fakeDevice{options: usual | unix.WDIOF_PRETIMEOUT, timeout: 60, most: 60}, false, 30 * time.Second, 7,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 30 s, fed every 10 s`}},
		{"pretimeout that is set", fakeDevice{options: usual | unix.WDIOF_PRETIMEOUT, timeout: 20, pre: 3}, false, 20 * time.Second, 3,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 20 s, fed every 6.666 s`}},
		{"it was the watchdog", fakeDevice{options: usual, timeout: 30, status: unix.WDIOF_CARDRESET}, false, 30 * time.Second, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 30 s, fed every 10 s`,
				"warn: hardware watchdog /dev/w: the last reset was this watchdog's (boot status 0x20)"}},
		{"no way out", fakeDevice{options: usual, timeout: 30}, true, 30 * time.Second, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 30 s, fed every 10 s; nowayout: a stop of the observer does not disarm it`}},
		{"no magic close", fakeDevice{options: usual &^ unix.WDIOF_MAGICCLOSE, timeout: 30}, false, 30 * time.Second, 0,
			[]string{`info: hardware watchdog /dev/w: "Fake \"dog\"", resets the machine after 30 s, fed every 10 s`,
				"warn: hardware watchdog /dev/w has no magic close: it is disarmed when the observer ends, even by a crash"}},
		{"no watchdog", fakeDevice{none: true}, false, 0, 0,
			[]string{"warn: hardware watchdog /dev/w has no watchdog ioctls (ioctl: inappropriate ioctl for device): " +
				"it is fed a byte every 1 s, and what that does is unknown"}},
	} {
		var told said
		h := adopt("/dev/w", &c.dev, c.noWay, told.say)
		if h.Timeout != c.timeout || c.dev.pre != c.pre || h.Ioctls == c.dev.none || h.NoWayOut != c.noWay {
			t.Errorf("%s: %+v, pretimeout %d, want timeout %v, pretimeout %d", c.what, h.Hardware, c.dev.pre, c.timeout, c.pre)
		}
		if want := strings.Join(c.said, "\n"); told.text() != want {
			t.Errorf("%s: said\n%s\nwant\n%s", c.what, told.text(), want)
		}
	}
}

func TestFeed(t *testing.T) {
	for _, c := range []struct {
		what string
		dev  fakeDevice
		want string // K: ioctl, 0: a byte of zeros, V: magic, .: close
	}{
		{"by ioctl", fakeDevice{options: usual}, "KKV."},
		{"by writes, as the options say", fakeDevice{options: usual &^ unix.WDIOF_KEEPALIVEPING}, "00V."},
		{"by writes, as the ioctl says", fakeDevice{options: usual, noPing: true}, "00V."},
		{"no watchdog", fakeDevice{none: true}, "00V."},
	} {
		h := adopt("/dev/w", &c.dev, false, func(Level, string) {})
		h.feed()
		h.feed()
		h.disarm()
		if got := c.dev.did.String(); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func TestFeedErrorsAreSaidOnce(t *testing.T) {
	var told said
	dev := fakeDevice{options: usual, timeout: 30}
	h := adopt("/dev/w", &dev, true, told.say)
	told.lines = nil
	dev.feedErr = os.NewSyscallError("ioctl", unix.EIO)
	h.feed()
	h.feed()
	dev.feedErr = nil
	h.feed()
	h.feed()
	h.disarm()
	want := "error: hardware watchdog /dev/w cannot be fed: ioctl: input/output error\n" +
		"info: hardware watchdog /dev/w is fed again\n" +
		"warn: hardware watchdog /dev/w goes on (nowayout): the machine is reset after 30 s unless somebody feeds it"
	if told.text() != want {
		t.Errorf("said\n%s\nwant\n%s", told.text(), want)
	}
	told.lines, dev.writeErr = nil, os.NewSyscallError("write", unix.EIO)
	h.disarm()
	if want := "error: hardware watchdog /dev/w is not disarmed: write: input/output error"; told.text() != want {
		t.Errorf("said %q, want %q", told.text(), want)
	}
}
