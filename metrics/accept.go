package metrics

import (
	"math/bits"

	"golang.org/x/sys/unix"
)

const (
	acceptsPerCall = 4   // most connections taken, or refused, before others get their turn
	acceptPauseNS  = 1e9 // after a failure of accept4 that is likely to last
)

// Accept takes waiting connections; call it when the listener is readable. It
// stays so while there are more. An address that connects too often gets no
// slot: its connection is reset at once, which costs less than serving it would
// and leaves nothing behind in the kernel.
func (s *Server) Accept(now int64) {
	for range acceptsPerCall {
		slot := bits.TrailingZeros32(^s.taken) // the lowest: its memory is likely warm
		if slot >= Slots || s.retryAt != 0 {
			break
		}
		fd, from, errno := accept(s.fd)
		if errno == unix.EAGAIN {
			break
		}
		if errno != 0 {
			s.acceptFailed(errno, now)
			continue
		}
		if !s.admits(from, now) {
			resetOnClose(fd)
			unix.Close(fd)
			continue
		}
		s.open(slot, fd, now)
	}
	s.arm()
}

// admits asks whether a client that has just connected may have a slot.
func (s *Server) admits(from address, now int64) bool {
	ok, replaced := s.peers.admit(from, now)
	if replaced {
		s.Refused[TableFull]++
	}
	if !ok {
		s.Refused[RateLimit]++
	}
	return ok
}

func (s *Server) open(slot, fd int, now int64) {
	if err := s.poller.Add(fd, unix.EPOLLIN, s.base+uint64(slot)); err != nil {
		unix.Close(fd)
		s.acceptFailed(unix.ENOSPC, now) // fs.epoll.max_user_watches: epoll_ctl(2)
		return
	}
	s.Accepted++
	c := &s.conns[slot]
	*c = conn{
		slot: slot, fd: fd, state: reading, interest: unix.EPOLLIN,
		deadline: now + requestNS, buf: c.buf, page: c.page,
	}
	s.taken |= 1 << slot
	s.hurry(now)
}

// hurry shortens the patience with unfinished requests while every slot is
// taken: whoever keeps connections idle must not keep the scraper out.
func (s *Server) hurry(now int64) {
	if s.taken != 1<<Slots-1 {
		return
	}
	for i := range s.conns {
		if c := &s.conns[i]; c.state == reading {
			c.deadline = min(c.deadline, now+hurryNS)
		}
	}
}

// acceptFailed sorts the errors of accept(2). Those of a connection that died
// in the queue concern nobody. All others, EMFILE first among them, would come
// again at once, so the listener rests.
func (s *Server) acceptFailed(errno unix.Errno, now int64) {
	switch errno {
	case unix.EINTR, unix.ECONNABORTED, unix.EPROTO, unix.ENETDOWN, unix.EHOSTDOWN,
		unix.EHOSTUNREACH, unix.ENETUNREACH, unix.ENONET, unix.ENOPROTOOPT:
		return
	}
	s.AcceptErrors++
	s.AcceptErrno = errno
	s.retryAt = max(now+acceptPauseNS, 1)
}

// arm watches the listener just as long as a connection could be taken: its
// readiness is a level and would keep the loop awake.
func (s *Server) arm() {
	want := s.taken != 1<<Slots-1 && s.retryAt == 0
	if want == s.armed || s.poller == nil {
		return
	}
	events := uint32(0)
	if want {
		events = unix.EPOLLIN
	}
	if s.poller.Mod(s.fd, events, s.base+ListenerToken) == nil {
		s.armed = want
	}
}
