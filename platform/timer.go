package platform

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Timer is a timerfd: a deadline that an epoll set can wait for, exact to the
// kernel's high-resolution timers where epoll_wait's own timeout has only
// milliseconds. See timerfd_create(2).
type Timer struct {
	fd    int
	armed int64
	count [8]byte
}

// NewTimer makes an unarmed timer on the given clock (unix.CLOCK_MONOTONIC or
// unix.CLOCK_BOOTTIME).
func NewTimer(clock int) (*Timer, error) {
	fd, err := unix.TimerfdCreate(clock, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, lean.SyscallError("timerfd_create", err)
	}
	return &Timer{fd: fd}, nil
}

// FD is what the epoll set watches for EPOLLIN.
func (t *Timer) FD() int { return t.fd }

// Armed is the deadline that is set, in ns of the timer's clock; 0 if none.
func (t *Timer) Armed() int64 { return t.armed }

// Set arms the timer for the absolute time at, in ns of its clock; 0 disarms.
// A time that has passed expires at once.
func (t *Timer) Set(at int64) error {
	// x/sys chooses the call with the struct's width, so on 32-bit targets
	// this is the 32-bit time of the running machine's uptime: 68 years.
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(at)}
	t.armed = at
	return lean.SyscallError("timerfd_settime",
		unix.TimerfdSettime(t.fd, unix.TFD_TIMER_ABSTIME, &spec, nil))
}

// Clear takes the expiry after EPOLLIN, so that the descriptor is quiet again.
func (t *Timer) Clear() {
	unix.RawSyscall(unix.SYS_READ, uintptr(t.fd), uintptr(unsafe.Pointer(&t.count[0])), 8)
	t.armed = 0
}

// Close gives the descriptor back.
func (t *Timer) Close() error { return unix.Close(t.fd) }
