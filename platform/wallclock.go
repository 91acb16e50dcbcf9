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
	count [8]byte
}

// NewWallWatch begins to watch.
func NewWallWatch() (*WallWatch, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, lean.SyscallError("timerfd_create", err)
	}
	w := &WallWatch{fd: fd}
	if err := w.arm(); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return w, nil
}

// arm sets a time that is never reached; all that matters is the cancelling.
func (w *WallWatch) arm() error {
	never := unix.ItimerSpec{Value: unix.Timespec{Sec: 1<<31 - 1}}
	return lean.SyscallError("timerfd_settime",
		unix.TimerfdSettime(w.fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &never, nil))
}

// FD is what the epoll set watches for EPOLLIN.
func (w *WallWatch) FD() int { return w.fd }

// Set reports, after EPOLLIN, whether the clock was set, and watches on.
func (w *WallWatch) Set() bool {
	_, _, e := unix.RawSyscall(unix.SYS_READ, uintptr(w.fd), uintptr(unsafe.Pointer(&w.count[0])), 8)
	w.arm()
	return e == unix.ECANCELED
}

// Close gives the descriptor back.
func (w *WallWatch) Close() error { return unix.Close(w.fd) }
