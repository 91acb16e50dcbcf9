package client

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRealSerial: the other end of a tty that vlpd listens on, plain and sealed.
func TestRealSerial(t *testing.T) {
	key := keyFiles(t)
	for _, w := range []struct {
		name, extra string
		options     []Option
	}{
		{"plain", "", nil},
		{"sealed", ",key-file=" + key[1], []Option{WithKey(fill(1))}},
	} {
		t.Run(w.name, func(t *testing.T) { realSerial(t, w.extra, w.options) })
	}
}

func realSerial(t *testing.T, extra string, options []Option) {
	ptmx, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	defer ptmx.Close()
	unlock := unix.IoctlSetPointerInt(int(ptmx.Fd()), unix.TIOCSPTLCK, 0)
	n, err := unix.IoctlGetInt(int(ptmx.Fd()), unix.TIOCGPTN)
	if unlock != nil || err != nil {
		t.Fatal(unlock, err)
	}
	o := newObserver(t, "--serial", fmt.Sprintf("bus=/dev/pts/%d,115200%s", n, extra))
	o.start()
	eventually(t, "the line is up", o.lineIsUp)
	c, err := NewWriter(ptmx, 7, options...)
	if err != nil {
		t.Fatal(err)
	}
	want(t, c.Beat(OK, 1), Sent, nil)
	want(t, c.Beat(Degraded, 2), Sent, nil)
	panics(c, func() { panic("x") })
	want(t, c.Beat(OK, 3), Sent, nil)
	o.expect("bus/7", "1:ok:1 2:degraded:2 18446744073709551615:critical:0 1:ok:3")
	o.stop(syscall.SIGTERM)
}
