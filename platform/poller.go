package platform

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Poller is one epoll set that a single goroutine owns and parks on.
//
// The set's own descriptor is registered with the runtime's poller, so the
// goroutine that waits costs neither a blocked thread nor the wake-ups of the
// scheduler's monitor that a blocking epoll_wait brings. The runtime registers
// it edge-triggered: an edge comes whenever a member becomes ready, and is
// lost if nobody looks. Whoever is woken must therefore either serve all that
// Poll reports or come back to Poll before parking again.
//
// See epoll(7), "Questions and answers", on a set inside a set.
type Poller struct {
	fd     int
	file   *os.File
	events [pollEvents]unix.EpollEvent
	n      int
}

// pollEvents is how many ready members one Poll can report; a set with more
// ready members reports the rest at the next Poll.
const pollEvents = 64

// NewPoller makes an empty set.
func NewPoller() (*Poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, lean.SyscallError("epoll_create1", err)
	}
	// Only a non-blocking descriptor is taken into the runtime's poller.
	if err := unix.SetNonblock(fd, true); err != nil {
		unix.Close(fd)
		return nil, lean.SyscallError("fcntl F_SETFL", err)
	}
	return &Poller{fd: fd, file: os.NewFile(uintptr(fd), "epoll")}, nil
}

// Close gives the set back. Members stay open.
func (p *Poller) Close() error { return p.file.Close() }

// Add makes fd a member; token comes back with its events.
func (p *Poller) Add(fd int, events uint32, token uint64) error {
	return p.ctl(unix.EPOLL_CTL_ADD, fd, events, token)
}

// Mod changes what a member is watched for, and re-arms EPOLLONESHOT.
func (p *Poller) Mod(fd int, events uint32, token uint64) error {
	return p.ctl(unix.EPOLL_CTL_MOD, fd, events, token)
}

// Del takes fd out of the set.
func (p *Poller) Del(fd int) error { return p.ctl(unix.EPOLL_CTL_DEL, fd, 0, 0) }

func (p *Poller) ctl(op, fd int, events uint32, token uint64) error {
	ev := unix.EpollEvent{Events: events, Fd: int32(uint32(token)), Pad: int32(uint32(token >> 32))}
	_, _, e := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(p.fd), uintptr(op), uintptr(fd),
		uintptr(unsafe.Pointer(&ev)), 0, 0)
	if e != 0 {
		return lean.SyscallError("epoll_ctl", e)
	}
	return nil
}

// Poll asks, without waiting, which members are ready, and returns how many it
// can tell of. It may miss some only if it returns its maximum; full says so.
func (p *Poller) Poll() (n int, full bool) {
	r, _, e := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(p.fd),
		uintptr(unsafe.Pointer(&p.events[0])), pollEvents, 0, 0, 0)
	if e != 0 {
		r = 0
	}
	p.n = int(r)
	return p.n, p.n == pollEvents
}

// Event returns the token and the events of the i-th ready member.
func (p *Poller) Event(i int) (token uint64, events uint32) {
	ev := &p.events[i]
	return uint64(uint32(ev.Fd)) | uint64(uint32(ev.Pad))<<32, ev.Events
}

// Run calls turn again and again until it reports done, parking the goroutine
// between calls whenever turn reports idle. turn is called once at the start.
func (p *Poller) Run(turn func() (idle, done bool)) error {
	conn, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	return conn.Read(func(uintptr) bool {
		for {
			idle, done := turn()
			if done {
				return true
			}
			if idle {
				return false
			}
		}
	})
}
