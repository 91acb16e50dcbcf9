package platform

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Beyond January 2038 the alarm rings as soon as it is armed. It is heard once:
// a descriptor that stays readable would keep the loop awake.
func TestWallWatchRings(t *testing.T) {
	for _, c := range []struct {
		name  string
		at    int64
		rings bool
	}{{"to come", lastSecond, false}, {"past", 1, true}} {
		w, err := newWallWatch(c.at)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(w.fd)
		for look := range 3 {
			fds := []unix.PollFd{{Fd: int32(w.FD()), Events: unix.POLLIN}}
			n, err := unix.Poll(fds, 0)
			if want := c.rings && look == 0; err != nil || (n == 1) != want {
				t.Errorf("%s, look %d: readable %v, %v; want %v", c.name, look, n == 1, err, want)
			}
			if w.Set() {
				t.Errorf("%s, look %d: nobody has set the clock", c.name, look)
			}
		}
	}
}
