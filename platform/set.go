package platform

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Set is an epoll set that is looked at and never waited on: as a member of a
// Poller it is ready while one of its own members is, so that any number of
// them need one token there and none of its room. Members are level-triggered:
// whoever is reported stays ready until it is taken out, and nothing is lost
// if a look is cut short. See epoll(7), "Questions and answers", on a set
// inside a set; the kernel allows four below each other, a Poller is the second.
type Set struct {
	fd     int
	events [pollEvents]unix.EpollEvent
}

// NewSet makes an empty set.
func NewSet() (*Set, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, lean.SyscallError("epoll_create1", err)
	}
	return &Set{fd: fd}, nil
}

// FD is what the Poller watches for EPOLLIN.
func (s *Set) FD() int { return s.fd }

// Add makes fd a member that is ready when it can be read.
func (s *Set) Add(fd int, token uint32) error {
	return s.ctl(unix.EPOLL_CTL_ADD, fd, token)
}

// Del takes fd out of the set. To close it is not enough: a child between
// fork(2) and execve(2) may still hold what it refers to.
func (s *Set) Del(fd int) error { return s.ctl(unix.EPOLL_CTL_DEL, fd, 0) }

func (s *Set) ctl(op, fd int, token uint32) error {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(token)}
	_, _, e := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(s.fd), uintptr(op), uintptr(fd),
		uintptr(unsafe.Pointer(&ev)), 0, 0)
	if e != 0 {
		return lean.SyscallError("epoll_ctl", e)
	}
	return nil
}

// Poll asks which members are ready and returns how many it can tell of. There
// may be more only if it returns its maximum; full says so.
func (s *Set) Poll() (n int, full bool) {
	r, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(s.fd),
		uintptr(unsafe.Pointer(&s.events[0])), pollEvents, 0, 0, 0)
	if e != 0 {
		return 0, false
	}
	return int(r), int(r) == pollEvents
}

// Token is that of the i-th ready member.
func (s *Set) Token(i int) uint32 { return uint32(s.events[i].Fd) }

// Close gives the set back. Members stay open.
func (s *Set) Close() error { return unix.Close(s.fd) }
