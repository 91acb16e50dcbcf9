package metrics

import (
	"math/bits"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Slots is how many connections are served at a time.
const Slots = 8

// Tokens is how many poller tokens a Server uses from its base on: one for
// each slot, then ListenerToken.
const (
	ListenerToken = Slots
	Tokens        = Slots + 1
)

// Poller is the part of an epoll set that the server needs: epoll_ctl(2) with
// level-triggered events. Tokens come back to the caller, which hands them to
// Accept or Ready.
type Poller interface {
	Add(fd int, events uint32, token uint64) error
	Mod(fd int, events uint32, token uint64) error
	Del(fd int) error
}

// Options are what Listen needs to know beyond the address.
type Options struct {
	Auth    Auth
	NewPage func() Page // called once a slot, at its first scrape

	// How often one address may connect: Burst times at once, RatePerSec times
	// a second after that. Burst 0 is no limit; with RatePerSec 0 an address
	// has Burst connections for good.
	RatePerSec, Burst uint32
}

// Server serves pages; see the package comment. All its methods belong to one
// goroutine, and now is that goroutine's clock in ns, of any epoch but never
// negative.
type Server struct {
	Counters

	fd      int
	addr    Addr
	auth    Auth
	newPage func() Page
	poller  Poller
	base    uint64
	memory  []byte // the buffers of all slots

	conns [Slots]conn
	taken uint32 // bit i: slot i has a connection
	work  uint32 // bit i: slot i can render or send
	turn  int    // slot that worked last

	peers   peers
	armed   bool  // the listener is watched
	retryAt int64 // when to watch it again after a failure; 0 if not waiting
}

// Listen opens the socket. Nothing is accepted before Attach. Port 0 lets the
// kernel choose; Addr tells. An error names the address and the system call.
func Listen(a Addr, o Options) (*Server, error) {
	s := &Server{auth: o.Auth, newPage: o.NewPage}
	err := s.setAside(o)
	if err != nil {
		return nil, lean.Wrap(a.String(), err)
	}
	if s.fd, s.addr, err = listen(a); err != nil {
		_ = s.giveBack()
		return nil, err
	}
	return s, nil
}

// setAside maps the memory. It is not made, since it costs nothing until it is
// used, and free can give it back.
func (s *Server) setAside(o Options) (err error) {
	if s.peers, err = newPeers(o.RatePerSec, o.Burst); err != nil {
		return err
	}
	where, err := mapped(Slots * slotBytes)
	if err != nil {
		_ = s.peers.close()
		return err
	}
	s.memory = unsafe.Slice((*byte)(where), Slots*slotBytes)
	for i := range s.conns {
		s.conns[i].slot = i
		s.conns[i].buf = s.memory[i*slotBytes : (i+1)*slotBytes : (i+1)*slotBytes]
	}
	return nil
}

func (s *Server) giveBack() error {
	err := unmap(unsafe.Pointer(unsafe.SliceData(s.memory)), Slots*slotBytes)
	if e := s.peers.close(); err == nil {
		err = e
	}
	return err
}

// Addr is the address that is listened on, with the real port.
func (s *Server) Addr() Addr { return s.addr }

// Attach begins to watch the listener. Slot i will be watched with the token
// base+i, the listener with base+ListenerToken.
func (s *Server) Attach(p Poller, base uint64) error {
	if err := p.Add(s.fd, unix.EPOLLIN, base+ListenerToken); err != nil {
		return lean.Wrap("metrics listener "+s.addr.String(), err)
	}
	s.poller, s.base, s.armed = p, base, true
	return nil
}

// Ready tells that something happened on a slot's socket. What, is found out
// by trying, so an event that is out of date does no harm.
func (s *Server) Ready(slot int, events uint32, now int64) {
	c := &s.conns[slot]
	switch c.state {
	case reading:
		s.read(c, now)
	case sending:
		if c.blocked {
			c.blocked = false
			s.work |= 1 << slot
		}
	case draining:
		s.drain(c)
	}
}

// Work renders one slice or sends one piece for one slot, and reports whether
// there is more to do. The loop calls it once a turn and does not park while
// it reports true.
func (s *Server) Work(now int64) (more bool) {
	if s.work == 0 {
		return false
	}
	later := s.work &^ (2<<s.turn - 1) // slots behind the last one come first
	if later == 0 {
		later = s.work
	}
	s.turn = bits.TrailingZeros32(later)
	s.step(&s.conns[s.turn], now)
	return s.work != 0
}

// Deadline is the earliest time at which Expire has something to do.
func (s *Server) Deadline() (at int64, set bool) {
	at, set = s.retryAt, s.retryAt != 0
	for i := range s.conns {
		c := &s.conns[i]
		if c.timed() && (!set || c.deadline < at) {
			at, set = c.deadline, true
		}
	}
	return at, set
}

func (c *conn) timed() bool {
	return c.state == reading || c.state == draining || c.state == sending && c.blocked
}

// Expire ends what is over its deadline. Call it after the events of the same
// turn, so that time in which the loop did not run is not held against clients.
func (s *Server) Expire(now int64) {
	if s.retryAt != 0 && now >= s.retryAt {
		s.retryAt = 0
		s.arm()
	}
	for i := range s.conns {
		c := &s.conns[i]
		if !c.timed() || now < c.deadline {
			continue
		}
		switch c.state {
		case reading:
			s.answer(c, timedOut, now)
		case sending:
			s.stalled(c, now)
		case draining:
			s.free(c)
		}
	}
}

// Close ends all connections and the listener and gives the memory back.
func (s *Server) Close() error {
	for i := range s.conns {
		if c := &s.conns[i]; c.state == sending {
			s.reset(c)
		} else if c.state != idle {
			s.free(c)
		}
	}
	if s.poller != nil {
		_ = s.poller.Del(s.fd) // the close below takes it out as well
		s.poller = nil
	}
	if err := unix.Close(s.fd); err != nil {
		return lean.SyscallError("close", err)
	}
	return s.giveBack()
}

// free closes the socket and empties the slot. The explicit Del matters: a
// child between fork and exec shares the socket, and would keep it in the set.
func (s *Server) free(c *conn) {
	_ = s.poller.Del(c.fd)
	unix.Close(c.fd)
	_ = unix.Madvise(c.buf, unix.MADV_DONTNEED)
	c.state = idle
	s.work &^= s.bit(c)
	s.taken &^= s.bit(c)
	s.arm()
}

// watch asks for other events on a slot's socket.
func (s *Server) watch(c *conn, events uint32) {
	if c.interest == events {
		return
	}
	c.interest = events
	if err := s.poller.Mod(c.fd, events, s.base+uint64(c.slot)); err != nil {
		s.drop(c, Gone) // it would never be heard of again
	}
}

func (s *Server) bit(c *conn) uint32 { return 1 << c.slot }
