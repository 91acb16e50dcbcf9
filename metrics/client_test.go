package metrics

import (
	"io"
	"strings"
	"testing"
)

func TestRequestTimeout(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", wantToken)
	for _, request := range []string{"", "GET /metrics HTTP/1.1\r\nX: "} {
		c := r.send(request)
		r.until("request read", func(s *Server) bool { return s.conns[0].state == reading && s.conns[0].n == len(request) })
		r.advance(requestNS - 1)
		r.until("still open", func(s *Server) bool { return s.conns[0].state == reading })
		r.advance(1)
		if got, err := io.ReadAll(c); err != nil || string(got) != answers[timedOut].head {
			t.Errorf("%q: %q, %v", request, got, err)
		}
		c.Close()
		r.wantIdle()
	}
}

// Eight clients that never finish their request hold all slots; a ninth waits
// in the kernel and is served when their time is up.
func TestSlowloris(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", wantToken)
	for range Slots {
		r.send("GET /metrics HTTP/1.1\r\nX-Slow: 1\r\n")
	}
	r.until("all slots taken", func(s *Server) bool { return s.taken == 1<<Slots-1 && !s.armed })
	ninth := r.send("GET /metrics HTTP/1.1\r\n" + bearing + "\r\n")
	r.advance(requestNS - 1)
	if c := r.counters(); c.Accepted != Slots {
		t.Fatalf("%d accepted", c.Accepted)
	}
	r.advance(1)
	r.until("timeouts sent", func(s *Server) bool { return s.Responses[timedOut] == Slots && s.work == 0 })
	r.advance(drainNS) // they do not close either
	if got, err := io.ReadAll(ninth); err != nil || string(got) != okSmall {
		t.Fatalf("the ninth got %q, %v", got, err)
	}
	ninth.Close()
	r.wantIdle()
}

// A client that does not read is reset after its time, and so cannot take what
// it got for a whole page; others are served meanwhile.
func TestSlowReader(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", Options{Auth: Anonymous(), NewPage: agentPage(65536)})
	slow := r.send("GET /metrics HTTP/1.0\r\n\r\n")
	blocked := func(s *Server) bool { return s.conns[0].blocked && s.work == 0 }
	r.until("no room left", blocked)
	if got := r.talk("GET / HTTP/1.1\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 404 ") {
		t.Fatalf("%q", got)
	}
	r.advance(stallNS) // what the client's kernel took is progress, once
	r.until("one more term", func(s *Server) bool { return s.conns[0].acked > 0 && s.conns[0].deadline > r.clock.Load() })
	r.advance(stallNS)
	r.until("dropped", func(s *Server) bool { return s.Dropped[Slow] == 1 && s.taken == 0 })
	if n, err := io.Copy(io.Discard, slow); err == nil {
		t.Fatalf("%d bytes and then a clean end", n)
	}
}

// A slow link, as opposed to a stalled one, gets its page.
func TestSlowButAlive(t *testing.T) {
	const agents = 16384
	want := pageText(agentPage(agents)())
	r := newRig(t, "127.0.0.1:0", Options{Auth: Anonymous(), NewPage: agentPage(agents)})
	c := r.dial()
	if err := c.SetReadBuffer(128 << 10); err != nil { // or the kernel reads ahead by megabytes
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, "GET /metrics HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	piece, got := make([]byte, 128<<10), []byte(nil)
	for {
		r.until("blocked or done", func(s *Server) bool { return s.conns[0].blocked || s.conns[0].state != sending })
		r.advance(stallNS - 1)
		n, err := io.ReadAtLeast(c, piece, len(piece))
		if got = append(got, piece[:n]...); err != nil {
			break
		}
	}
	if string(got) != pageHead+"\r\n"+want {
		t.Fatalf("%d bytes of %d; counters %+v", len(got), len(want), r.counters())
	}
}

func TestEarlyClose(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", Options{Auth: Anonymous(), NewPage: agentPage(65536)})
	for range 3 {
		c := r.send("GET /metrics HTTP/1.1\r\n\r\n")
		r.until("no room left", func(s *Server) bool { return s.conns[0].blocked })
		c.Close() // with unread data: a reset
		r.wantIdle()
		c = r.send("GET /met")
		r.until("read", func(s *Server) bool { return s.conns[0].n == 8 })
		if err := c.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		c.Close()
		r.wantIdle()
	}
	if c := r.counters(); c.Dropped[Gone] != 6 || c.Pages != 0 {
		t.Errorf("counters %+v", c)
	}
}

// A client may go on talking after its request. It must get the page before
// the reset, and must not hold the slot.
func TestTalksOn(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", noToken)
	c := r.send("GET /metrics HTTP/1.1\r\n\r\n", strings.Repeat("x", drainBytes/2))
	got := make([]byte, len(okSmall))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != okSmall {
		t.Fatalf("%q, %v", got, err)
	}
	if n, err := c.Read(got); n != 0 || err != io.EOF {
		t.Fatalf("after the page: %d bytes, %v", n, err)
	}
	_, err := io.WriteString(c, strings.Repeat("x", drainBytes))
	for err == nil {
		_, err = io.WriteString(c, "x")
	}
	r.wantIdle()
}
