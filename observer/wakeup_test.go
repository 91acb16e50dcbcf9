package observer

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"vlpd/sink"
)

// TestEndOfHalfARequest: a connection that is served and at once readable again
// is looked at again, although no new edge wakes the loop.
func TestEndOfHalfARequest(t *testing.T) {
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "60000", "--prom-addr", "127.0.0.1:0", "--prom-anonymous")
	r.start()
	defer r.stop()
	for range 20 {
		c, err := net.Dial("tcp", r.o.loop.server.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		io.WriteString(c, "GET /metrics HT")
		c.(*net.TCPConn).CloseWrite()
		c.SetReadDeadline(began.Add(3 * time.Second)) // the request's own patience is five
		answer, err := io.ReadAll(c)
		c.Close()
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 400 ") {
			t.Fatalf("after %v: %v, %q", time.Since(began), err, answer)
		}
	}
}

// TestScraperAmongIdleConnections: who holds every slot with nothing to say
// does not keep a scraper out.
func TestScraperAmongIdleConnections(t *testing.T) {
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "60000", "--prom-addr", "127.0.0.1:0", "--prom-anonymous")
	r.start()
	defer r.stop()
	addr := r.o.loop.server.Addr().String()
	for range 12 {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
	c.SetReadDeadline(time.Now().Add(4500 * time.Millisecond))
	first := make([]byte, 12)
	if _, err := io.ReadFull(c, first); err != nil || string(first) != "HTTP/1.1 200" {
		t.Errorf("%q, %v", first, err)
	}
}
