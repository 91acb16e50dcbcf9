package metrics

import "golang.org/x/sys/unix"

// conn is one slot. Its state moves down this list, and from any to idle:
//
//	idle     no socket
//	reading  a request is being waited for       until requestNS from accept
//	sending  a page or an answer is on its way   while each stallNS has progress
//	draining all is sent and our side closed     until drainNS
//
// While sending and not blocked the slot is in the server's set of work and
// has no deadline: whatever delays it then is our own doing.
type conn struct {
	slot     int
	fd       int
	state    state
	blocked  bool // sending, and waiting for the socket to take more
	interest uint32
	deadline int64
	buf      []byte // slotBytes that the kernel backs with memory on first touch

	n, scanned int // request bytes in buf, and how far headEnd has looked

	req      request
	page     Page // made when the slot first serves one, then kept
	hasPage  bool // the answer is a page, not a fixed text
	framing  framing
	last     bool // what is in buf ends the answer
	filled   int  // end of the part of the page being rendered
	from, to int  // what of buf is left to send; from == to while rendering
	sent     int  // bytes given to the kernel
	acked    int  // of these, in the client's hands at the last deadline
	drained  int
}

type state uint8

const (
	idle state = iota
	reading
	sending
	draining
)

const (
	requestBytes  = 8 << 10  // of a request's head, 431 beyond
	sendBytes     = 16 << 10 // most that one step hands to the kernel
	progressBytes = 4 << 10  // least that a client takes in stallNS, so that a trickle holds no slot
	drainBytes    = 64 << 10 // read and thrown away behind a request at most

	requestNS = 5e9
	hurryNS   = 300e6 // in place of it while every slot is taken
	stallNS   = 10e9
	drainNS   = 1e9
)

// read takes what has come of the request and answers it when it is complete.
func (s *Server) read(c *conn, now int64) {
	n, err := unix.Read(c.fd, c.buf[c.n:requestBytes])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return
	case (n == 0 || err != nil) && c.n == 0: // a port check, or a browser's spare connection
		s.free(c)
		return
	case err != nil:
		s.drop(c, Gone)
		return
	case n == 0:
		s.answer(c, badRequest, now)
		return
	}
	c.n += n
	end, next := headEnd(c.buf[:c.n], c.scanned)
	c.scanned = next
	switch {
	case end > 0:
		var st status
		c.req, st = s.judge(c.buf[:end])
		s.answer(c, st, now)
	case hopeless(c.buf[:c.n]):
		s.answer(c, badRequest, now)
	case c.n == requestBytes:
		s.answer(c, headTooLong, now)
	}
}

// judge decides on a complete request, in the order of the package comment.
func (s *Server) judge(head []byte) (request, status) {
	r, st := parse(head)
	switch {
	case st != ok:
		return r, st
	case r.method == methodOther:
		return r, badMethod
	case !s.auth.admits(r.authorized):
		return r, unauthorized
	case string(r.path) != "/metrics":
		return r, notFound
	}
	return r, ok
}

// answer prepares what is sent to the client and puts the slot to work. From
// here on the request is gone: its bytes are written over.
func (s *Server) answer(c *conn, st status, now int64) {
	s.Responses[st]++
	head := c.req.method == methodHead
	c.req.path, c.req.authorized = nil, nil
	c.hasPage = st == ok && !head
	c.framing, c.last = framingNone, !c.hasPage
	c.from, c.to = 0, 0
	switch {
	case c.hasPage:
		if c.page == nil {
			c.page = s.newPage()
		}
		c.filled = headRoom
		c.page.Begin()
	case st == ok:
		c.to = copy(c.buf, pageHead+"\r\n")
	default:
		c.to = copy(c.buf, answers[st].head)
		if !head {
			c.to += copy(c.buf[c.to:], answers[st].body)
		}
	}
	c.state, c.blocked = sending, false
	c.deadline = now + stallNS
	s.work |= s.bit(c)
}

// step does one bounded piece of a sending slot's work.
func (s *Server) step(c *conn, now int64) {
	if c.from == c.to {
		s.render(c, now)
		return
	}
	n, err := send(c.fd, c.buf[c.from:min(c.to, c.from+sendBytes)])
	switch {
	case err == unix.EINTR:
		return
	case err == unix.EAGAIN:
		c.blocked = true
		s.work &^= s.bit(c)
		s.watch(c, unix.EPOLLOUT)
		return
	case err != 0:
		s.drop(c, Gone)
		return
	}
	s.SentBytes += uint64(n)
	c.sent += n
	c.from += n
	if c.from == c.to && c.last {
		s.finish(c, now)
	}
}

// render adds one slice to the part in the buffer, and frames the part for
// sending if the page is complete or the buffer has no room for another.
func (s *Server) render(c *conn, now int64) {
	limit := min(bodyEnd, c.filled+SliceBytes)
	dst := c.buf[headRoom:c.filled:limit]
	out, more := c.page.Render(dst)
	s.Slices++
	if cap(out) != cap(dst) { // it grew into memory that is not ours
		s.drop(c, Overrun)
		return
	}
	c.filled = headRoom + len(out)
	if c.last = !more; more && bodyEnd-c.filled >= minRoom {
		return
	}
	c.from, c.to = frame(c.buf, c.filled, c.last, c.req.http10, &c.framing)
	c.filled = headRoom
	if c.from == c.to { // an empty last part of a page that just ends
		s.finish(c, now)
	}
}

// stalled judges a blocked slot at its deadline by what the client has taken
// since the last one. The socket turns writable only when a third of its
// buffer is free, which over a slow link may take longer than a deadline.
func (s *Server) stalled(c *conn, now int64) {
	queued, err := unix.IoctlGetInt(c.fd, unix.TIOCOUTQ) // SIOCOUTQ in tcp(7)
	acked := c.sent - queued
	if err != nil || acked-c.acked < progressBytes {
		s.drop(c, Slow)
		return
	}
	c.acked, c.deadline = acked, now+stallNS
}

// finish closes our side. The client's may go on: to close now would have the
// kernel answer what it still sends with a reset, and that may overtake the
// page. See RFC 9112 section 9.6.
func (s *Server) finish(c *conn, now int64) {
	s.work &^= s.bit(c)
	if c.hasPage {
		s.Pages++
	}
	if unix.Shutdown(c.fd, unix.SHUT_WR) != nil {
		s.free(c) // reset by the client in the meantime, with all in the kernel's hands
		return
	}
	c.state, c.drained, c.deadline = draining, 0, now+drainNS
	s.watch(c, unix.EPOLLIN)
}

// drain throws away what comes behind the request until the client closes.
func (s *Server) drain(c *conn) {
	n, err := unix.Read(c.fd, c.buf[:requestBytes])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return
	case err != nil || n == 0:
		s.free(c)
		return
	}
	if c.drained += n; c.drained > drainBytes {
		s.free(c)
	}
}

// drop gives a connection up before its answer is sent.
func (s *Server) drop(c *conn, why Reason) {
	s.Dropped[why]++
	s.reset(c)
}

// reset closes a connection so that a page cut short cannot be taken for a
// whole one, even where only the end of the stream ends it.
func (s *Server) reset(c *conn) {
	resetOnClose(c.fd)
	s.free(c)
}

// resetOnClose is SO_LINGER with no time: socket(7). If it fails the client
// sees an early end instead, which the framing betrays in all but HTTP/1.0.
func resetOnClose(fd int) {
	_ = unix.SetsockoptLinger(fd, unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
}
