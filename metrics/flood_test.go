package metrics

import (
	"io"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// One call of Accept takes and refuses four connections at most; the listener
// stays readable for the next one, after the loop's other work.
func TestFloodInSmallBites(t *testing.T) {
	const bite, flood = 4, 3*4 + 2
	s := listenLocal(t, limited(5, 1))
	p := newSet(t)
	if err := s.Attach(p, testBase); err != nil {
		t.Fatal(err)
	}
	for range flood {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	const now = int64(1e12)
	seen := uint64(0)
	for call := 1; seen < flood; call++ {
		n, err := unix.EpollWait(p.fd, p.events[:], int(patience/time.Millisecond))
		if err == unix.EINTR {
			call--
			continue
		}
		if n != 1 || p.events[0].Fd != testBase+ListenerToken {
			t.Fatalf("call %d: %d events of %d, %v", call, n, p.events[0].Fd, err)
		}
		s.Accept(now)
		seen = s.Accepted + s.Refused[RateLimit]
		if want := min(uint64(call)*bite, flood); seen != want || !s.armed || s.taken != 1 {
			t.Fatalf("call %d: %d taken or refused, want %d; armed %v, slots %b", call, seen, want, s.armed, s.taken)
		}
	}
	if n, _ := unix.EpollWait(p.fd, p.events[:], 0); n != 0 || s.Accepted != 1 {
		t.Errorf("%d events left, %d accepted", n, s.Accepted)
	}
	if at, set := s.Deadline(); !set || at != now+requestNS {
		t.Errorf("deadline %d: refusing changes no slot's patience", at)
	}
}

// One address with 38 idle connections keeps a scraper that comes after them
// out for two rounds of hurry and drain; the third is cut short by the limit.
func TestFloodFromOneAddress(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", limited(5, 10))
	var flood []net.Conn
	for range 38 {
		flood = append(flood, r.dialFrom("127.0.0.66"))
	}
	scraper := r.dialFrom("127.0.0.1")
	if _, err := io.WriteString(scraper, getSmall); err != nil {
		t.Fatal(err)
	}
	for round := uint64(1); round <= 2; round++ {
		r.until("all slots taken", func(s *Server) bool { return s.Accepted == round*Slots && !s.armed })
		r.advance(hurryNS)
		r.until("timeouts sent", func(s *Server) bool { return s.Responses[timedOut] == round*Slots && s.work == 0 })
		r.advance(drainNS) // they do not close either
	}
	if got, err := io.ReadAll(scraper); err != nil || string(got) != okSmall {
		t.Fatalf("%q, %v", got, err)
	}
	scraper.Close()
	// 10 at once, and 2.6 s of 5 a second.
	r.until("all heard", func(s *Server) bool { return s.Accepted == 23+1 && s.Refused[RateLimit] == 38-23 })
	for _, c := range flood {
		c.Close()
	}
	r.wantIdle()
}

// While all slots are taken nothing is refused either: it waits in the kernel,
// and the listener does not keep the loop awake.
func TestFullServerRefusesNothing(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", limited(5, Slots))
	for range Slots {
		r.dialFrom("127.0.0.9")
	}
	r.until("all slots taken", func(s *Server) bool { return s.taken == 1<<Slots-1 && !s.armed })
	over := r.dialFrom("127.0.0.9")
	r.advance(0)
	r.wantRefused(0, 0)
	r.until("a slot freed", func(s *Server) bool { s.free(&s.conns[0]); return true })
	wantReset(t)(over, nil)
	r.wantRefused(1, 0)
}

func TestLimitAllocatesNothing(t *testing.T) {
	o := limited(5, 1)
	c := newScraper(t, o)
	c.scrape()
	refused := func() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Connect(fd, c.to); err != nil {
			t.Fatal(err)
		}
		was := c.s.Refused[RateLimit]
		for c.s.Refused[RateLimit] == was {
			c.turn()
		}
		if n, err := unix.Read(fd, c.in[:]); err != unix.ECONNRESET {
			t.Fatalf("%d, %v", n, err)
		}
		unix.Close(fd)
	}
	if allocs := testing.AllocsPerRun(20, refused); allocs != 0 {
		t.Errorf("%v allocations a refusal", allocs)
	}
	if allocs := testing.AllocsPerRun(20, func() { c.now += second; c.scrape() }); allocs != 0 {
		t.Errorf("%v allocations a scrape", allocs)
	}
	n, p := 0, &c.s.peers
	if allocs := testing.AllocsPerRun(2*maxPeers, func() { n++; p.admit(v4(n), c.now) }); allocs != 0 {
		t.Errorf("%v allocations an address", allocs)
	}
}
