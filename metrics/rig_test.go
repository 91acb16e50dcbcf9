package metrics

import (
	"encoding/binary"
	"io"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience bounds every wait for something real, such as a loopback packet.
const patience = 20 * time.Second

// set is an epoll set as the daemon's loop has one.
type set struct {
	fd     int
	events [16]unix.EpollEvent
}

func newSet(t testing.TB) *set {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return &set{fd: fd}
}

func (p *set) ctl(op, fd int, events uint32, token uint64) error {
	return unix.EpollCtl(p.fd, op, fd, &unix.EpollEvent{Events: events, Fd: int32(token)})
}

func (p *set) Add(fd int, ev uint32, tok uint64) error {
	return p.ctl(unix.EPOLL_CTL_ADD, fd, ev, tok)
}
func (p *set) Mod(fd int, ev uint32, tok uint64) error {
	return p.ctl(unix.EPOLL_CTL_MOD, fd, ev, tok)
}
func (p *set) Del(fd int) error { return p.ctl(unix.EPOLL_CTL_DEL, fd, 0, 0) }

// turn is what the loop does with a server, once. The clock is read again
// after parking; idle is called right before it.
func turn(s *Server, p *set, clock func() int64, park bool, idle, other func()) {
	timeout := 0
	if more := s.Work(clock()); !more && park {
		timeout = -1
	}
	idle()
	n, _ := unix.EpollWait(p.fd, p.events[:], timeout)
	now := clock()
	for i := range max(n, 0) {
		switch token := int(p.events[i].Fd) - testBase; {
		case token == ListenerToken:
			s.Accept(now)
		case token >= 0 && token < Slots:
			s.Ready(token, p.events[i].Events, now)
		default:
			other()
		}
	}
	if at, set := s.Deadline(); set && now >= at {
		s.Expire(now)
	}
}

const testBase = 100

// rig runs a server in a goroutine of its own. The clock is the test's.
type rig struct {
	t     testing.TB
	srv   *Server
	clock atomic.Int64
	bell  int
	asks  chan ask
	done  chan struct{}
}

// ask is a question to the server's goroutine: it is repeated once a turn,
// right before parking, until it is answered with true.
type ask struct {
	f     func(*Server) bool
	reply chan struct{}
}

func newRig(t testing.TB, addr string, o Options) *rig {
	a, err := ParseAddr(addr)
	if err != nil {
		t.Fatal(err)
	}
	srv, err := Listen(a, o)
	if err != nil {
		t.Fatal(err)
	}
	bell, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, srv: srv, bell: bell, asks: make(chan ask, 16), done: make(chan struct{})}
	p := newSet(t)
	r.clock.Store(1e12)
	if err := p.Add(bell, unix.EPOLLIN, 0); err != nil {
		t.Fatal(err)
	}
	if err := srv.Attach(p, testBase); err != nil {
		t.Fatal(err)
	}
	stop := new(atomic.Bool)
	go r.run(p, stop)
	t.Cleanup(func() {
		stop.Store(true)
		r.ring()
		<-r.done
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		unix.Close(bell)
	})
	return r
}

func (r *rig) run(p *set, stop *atomic.Bool) {
	defer close(r.done)
	var open []ask
	var word [8]byte
	answer := func() {
		for len(r.asks) > 0 {
			open = append(open, <-r.asks)
		}
		keep := open[:0]
		for _, a := range open {
			if a.f(r.srv) {
				close(a.reply)
			} else {
				keep = append(keep, a)
			}
		}
		open = keep
	}
	for !stop.Load() {
		turn(r.srv, p, r.clock.Load, true, answer, func() { _, _ = unix.Read(r.bell, word[:]) })
	}
}

func (r *rig) ring() {
	_, _ = unix.Write(r.bell, binary.NativeEndian.AppendUint64(nil, 1))
}

// until waits for a condition that is looked at in the server's goroutine.
func (r *rig) until(what string, f func(*Server) bool) {
	r.t.Helper()
	a := ask{f, make(chan struct{})}
	r.asks <- a
	r.ring()
	select {
	case <-a.reply:
	case <-time.After(patience):
		r.t.Fatalf("never: %s", what)
	}
}

// advance moves the clock and lets the server see it.
func (r *rig) advance(d time.Duration) {
	r.t.Helper()
	r.clock.Add(int64(d))
	r.until("a turn", func(*Server) bool { return true })
}

func (r *rig) counters() (c Counters) {
	r.t.Helper()
	r.until("a turn", func(s *Server) bool { c = s.Counters; return true })
	return c
}

// wantIdle waits until every slot is free again, and checks that nothing is
// left behind.
func (r *rig) wantIdle() {
	r.t.Helper()
	r.until("all slots free", func(s *Server) bool { return s.taken == 0 && s.work == 0 && s.armed })
}

func (r *rig) dial() *net.TCPConn {
	r.t.Helper()
	c, err := net.Dial("tcp", r.srv.Addr().String())
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		r.t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

// send opens a connection and writes the pieces to it.
func (r *rig) send(pieces ...string) *net.TCPConn {
	r.t.Helper()
	c := r.dial()
	for _, p := range pieces {
		if _, err := io.WriteString(c, p); err != nil {
			r.t.Fatal(err)
		}
	}
	return c
}

// talk sends a request, reads to the end and closes.
func (r *rig) talk(pieces ...string) string {
	r.t.Helper()
	c := r.send(pieces...)
	defer c.Close()
	b, err := io.ReadAll(c)
	if err != nil {
		r.t.Fatalf("%q: %v", pieces, err)
	}
	return string(b)
}
