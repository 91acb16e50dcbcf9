package metrics

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Out of descriptors: the listener rests instead of keeping the loop awake,
// and goes on by itself.
func TestAcceptFails(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", noToken)
	first := r.dial()
	r.until("accepted", func(s *Server) bool { return s.taken == 1 })
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	conn := r.dial // the test's own end needs a descriptor before there are none
	var second *net.TCPConn
	low := func(*Server) bool {
		second = conn()
		err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: old.Max})
		return err == nil
	}
	r.until("limit lowered", low)
	r.until("refused", func(s *Server) bool { return s.AcceptErrors == 1 && !s.armed })
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	if c := r.counters(); c.AcceptErrno != unix.EMFILE {
		t.Errorf("errno %v", c.AcceptErrno)
	}
	r.until("timer set", func(s *Server) bool { at, set := s.Deadline(); return set && at <= r.clock.Load()+acceptPauseNS })
	r.advance(acceptPauseNS)
	for _, c := range []*net.TCPConn{second, first} {
		if _, err := io.WriteString(c, "GET /metrics HTTP/1.1\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(c); err != nil || string(got) != okSmall {
			t.Errorf("%q, %v", got, err)
		}
		c.Close()
	}
	r.wantIdle()
}

// faultyPoller refuses what its fields say.
type faultyPoller struct {
	*set
	add, mod error
}

func (p *faultyPoller) Add(fd int, ev uint32, tok uint64) error {
	if p.add != nil {
		return p.add
	}
	return p.set.Add(fd, ev, tok)
}

func (p *faultyPoller) Mod(fd int, ev uint32, tok uint64) error {
	if p.mod != nil {
		return p.mod
	}
	return p.set.Mod(fd, ev, tok)
}

func listenLocal(t testing.TB, o Options) *Server {
	a, err := ParseAddr("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := Listen(a, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestAttachFails(t *testing.T) {
	s := listenLocal(t, noToken)
	if err := s.Attach(&faultyPoller{set: newSet(t), add: unix.ENOSPC}, 0); !errors.Is(err, unix.ENOSPC) {
		t.Fatal(err)
	}
}

// A connection that cannot be watched is closed, not kept for ever.
func TestPollerFails(t *testing.T) {
	s := listenLocal(t, Options{Auth: Anonymous(), NewPage: agentPage(65536)})
	p := &faultyPoller{set: newSet(t)}
	if err := s.Attach(p, testBase); err != nil {
		t.Fatal(err)
	}
	clock := func() int64 { return 1 }
	limit := time.Now().Add(patience)
	next := func() {
		if time.Now().After(limit) {
			t.Fatalf("stuck: taken %b, counters %+v", s.taken, s.Counters)
		}
		turn(s, p.set, clock, false, func() {}, func() {})
	}
	dial := func() net.Conn {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	p.add = unix.ENOSPC
	c := dial()
	defer c.Close()
	for s.AcceptErrors == 0 {
		next()
	}
	if s.taken != 0 || s.armed || s.AcceptErrno != unix.ENOSPC {
		t.Fatalf("taken %b, armed %v, %v", s.taken, s.armed, s.AcceptErrno)
	}
	s.Expire(1 + acceptPauseNS)
	p.add, p.mod = nil, unix.ENOMEM
	c = dial()
	defer c.Close()
	if _, err := io.WriteString(c, "GET /metrics HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	for s.Dropped[Gone] == 0 { // when it blocks and asks for EPOLLOUT
		next()
	}
	if s.taken != 0 || s.work != 0 {
		t.Fatalf("taken %b, work %b", s.taken, s.work)
	}
}

// An idle server holds no memory, whatever it has served.
func TestMemoryGoesBack(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", Options{Auth: Anonymous(), NewPage: agentPage(5000)})
	resident := func(s *Server) (n int) {
		pages := make([]byte, len(s.memory)/unix.Getpagesize())
		if err := mincore(s.memory, pages); err != nil {
			t.Error(err)
		}
		for _, p := range pages {
			n += int(p & 1)
		}
		return n
	}
	for range Slots {
		r.send("GET /metrics HTTP/1.1\r\n\r\n")
	}
	r.until("in use", func(s *Server) bool { return s.taken == 1<<Slots-1 && resident(s) >= Slots })
	r.until("given back", func(s *Server) bool {
		if s.taken != 0 && s.work == 0 { // all wait for their clients, who do nothing
			r.clock.Add(stallNS)
		}
		r.ring()
		return s.taken == 0 && resident(s) == 0
	})
}
