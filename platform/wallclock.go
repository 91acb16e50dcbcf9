package platform

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// WallWatch notices that somebody set the wall clock, without looking at it:
// the kernel cancels the timer of whoever asked for that. See timerfd_create(2),
// TFD_TIMER_CANCEL_ON_SET.
type WallWatch struct {
	fd    int
	alarm unix.ItimerSpec // all that matters of it is that it can be cancelled
	count [8]byte
}

// lastSecond is the last that 32-bit time has, in January 2038. A clock that is
// not set yet, with whatever its battery left in it, may be beyond.
const lastSecond = 1<<31 - 1

// NewWallWatch begins to watch.
func NewWallWatch() (*WallWatch, error) { return newWallWatch(lastSecond) }

func newWallWatch(at int64) (*WallWatch, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, lean.SyscallError("timerfd_create", err)
	}
	w := &WallWatch{fd: fd, alarm: unix.ItimerSpec{Value: unix.NsecToTimespec(at * 1e9)}}
	if err := w.arm(); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return w, nil
}

func (w *WallWatch) arm() error {
	return lean.SyscallError("timerfd_settime",
		unix.TimerfdSettime(w.fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &w.alarm, nil))
}

// FD is what the epoll set watches for EPOLLIN.
func (w *WallWatch) FD() int { return w.fd }

// Set reports, after EPOLLIN, whether the clock was set, and watches on. An
// alarm that rang is over: the kernel goes on to watch for it (timerfd_read in
// fs/timerfd.c), and armed again it would ring again at once, for ever.
func (w *WallWatch) Set() bool {
	_, _, e := unix.RawSyscall(unix.SYS_READ, uintptr(w.fd), uintptr(unsafe.Pointer(&w.count[0])), 8)
	if e != unix.ECANCELED {
		return false
	}
	w.arm()
	return true
}
