package docs

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

// playDevice gives the path of a serial line on which a device beats every
// 100 ms as number 7 from the moment that somebody reads the line.
func playDevice(t *testing.T) string {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "ttyUSB0")
	if err := os.Symlink(fmt.Sprintf("/dev/pts/%d", n), link); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		beatOn(fd, stop)
	}()
	t.Cleanup(func() { close(stop); <-done })
	return link
}

func beatOn(fd int, stop <-chan struct{}) {
	begin := time.Now()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	f := vlp.Frame{PID: 7}
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if !read(fd) {
			continue
		}
		f.Nonce++
		f.Timestamp = uint64(time.Since(begin))
		unix.Write(fd, vlp.Append(nil, &f))
	}
}

// read reports whether somebody has the line open and raw: a pty that nobody
// has opened echoes what is written to it.
func read(fd int) bool {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err == nil && t.Lflag&unix.ICANON == 0
}
