package metrics

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const getSmall = "GET /metrics HTTP/1.1\r\n\r\n"

func native(a, b, c, d byte) uint32 { return binary.NativeEndian.Uint32([]byte{a, b, c, d}) }

// bytes of the table, for mincore.
func (p *peers) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(p.all))), peersBytes)
}

func limited(rate, burst uint32) Options {
	return Options{Auth: Anonymous(), NewPage: smallPage, RatePerSec: rate, Burst: burst}
}

// dialFrom connects from an address of the caller's choice.
func (r *rig) dialFrom(ip string) net.Conn {
	r.t.Helper()
	c, err := r.tryFrom(ip)
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *rig) tryFrom(ip string) (net.Conn, error) {
	r.t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(ip)}}
	c, err := d.Dial("tcp", r.srv.Addr().String())
	if err != nil {
		return nil, err
	}
	r.t.Cleanup(func() { c.Close() })
	return c, c.SetDeadline(time.Now().Add(patience))
}

// scrapeFrom wants a page.
func (r *rig) scrapeFrom(ip string) {
	r.t.Helper()
	c := r.dialFrom(ip)
	defer c.Close()
	if _, err := io.WriteString(c, getSmall); err != nil {
		r.t.Fatal(err)
	}
	if got, err := io.ReadAll(c); err != nil || string(got) != okSmall {
		r.t.Fatalf("from %s: %q, %v", ip, got, err)
	}
}

// refusedFrom wants a reset instead.
func (r *rig) refusedFrom(ip string) {
	r.t.Helper()
	wantReset(r.t)(r.tryFrom(ip))
}

// wantReset judges a connection, or the attempt to make one: connect(2) may
// come to know of the reset first.
func wantReset(t testing.TB) func(net.Conn, error) {
	return func(c net.Conn, err error) {
		t.Helper()
		var got []byte
		if err == nil {
			defer c.Close()
			got, err = io.ReadAll(c)
		}
		if len(got) != 0 || !errors.Is(err, unix.ECONNRESET) {
			t.Fatalf("%q, %v; want a reset", got, err)
		}
	}
}

func (r *rig) wantRefused(limit, full uint64) {
	r.t.Helper()
	if c := r.counters(); c.Refused != [Refusals]uint64{Drain: 0, RateLimit: limit, TableFull: full} {
		r.t.Errorf("refused %v %v; want %d and %d", RefusalNames, c.Refused, limit, full)
	}
}

func TestRateLimit(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", limited(5, 3))
	for range 3 {
		r.scrapeFrom("127.0.0.1")
	}
	r.refusedFrom("127.0.0.1")
	for range 3 { // others do not suffer
		r.scrapeFrom("127.0.0.2")
	}
	r.refusedFrom("127.0.0.2")
	r.refusedFrom("127.0.0.1")
	r.advance(time.Second/5 - 1)
	r.refusedFrom("127.0.0.1")
	r.advance(1)
	r.scrapeFrom("127.0.0.1")
	r.refusedFrom("127.0.0.1")
	r.wantIdle()
	r.wantRefused(5, 0)
	if c := r.counters(); c.Accepted != 7 || c.Pages != 7 {
		t.Errorf("counters %+v", c)
	}
}

func TestNeverRefilled(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", limited(0, 2))
	r.scrapeFrom("127.0.0.3")
	r.scrapeFrom("127.0.0.3")
	r.advance(100 * 365 * 24 * time.Hour)
	r.refusedFrom("127.0.0.3")
	r.scrapeFrom("127.0.0.4")
	r.wantRefused(1, 0)
}

func TestNoLimit(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", limited(5, 0))
	for range 30 {
		r.scrapeFrom("127.0.0.1")
	}
	r.wantRefused(0, 0)
}

// Any connection counts, whatever it then asks, or if it asks nothing.
func TestLimitComesFirst(t *testing.T) {
	o := wantToken
	o.RatePerSec, o.Burst = 5, 2
	r := newRig(t, "127.0.0.1:0", o)
	if got := r.talk("POST / HTTP/1.1\r\n\r\n"); got != refused(badMethod) {
		t.Errorf("%q", got)
	}
	r.dial().Close()
	r.until("both gone", func(s *Server) bool { return s.Accepted == 2 && s.taken == 0 })
	r.refusedFrom("127.0.0.1")
	if c := r.counters(); c.AuthFailures() != 0 {
		t.Errorf("counters %+v", c)
	}
}

// A client of a full table is served, in the place of another.
func TestTableFullServes(t *testing.T) {
	r := newRig(t, "127.0.0.1:0", limited(5, 2))
	now := r.clock.Load()
	r.until("table full", func(s *Server) bool {
		for n := range maxPeers {
			for range 2 {
				s.peers.admit(v6(n), now)
			}
		}
		return s.peers.used == maxPeers
	})
	r.scrapeFrom("127.0.0.1")
	r.scrapeFrom("127.0.0.1")
	r.refusedFrom("127.0.0.1")
	r.wantRefused(1, 1)
	r.advance(time.Second) // all are full again
	r.scrapeFrom("127.0.0.2")
	r.wantRefused(1, 1)
}

func TestRateLimitIPv6(t *testing.T) {
	probe, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skipf("NOT TESTED, no IPv6 on this machine: %v", err)
	}
	probe.Close()
	r := newRig(t, "[::]:0", limited(5, 2))
	dial := func(to string) (net.Conn, error) {
		return net.Dial("tcp", to+r.srv.Addr().String()[len("[::]"):])
	}
	for _, to := range []string{"[::1]", "127.0.0.1"} {
		for range 2 {
			c, err := dial(to)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(c, getSmall)
			if got, err := io.ReadAll(c); err != nil || string(got) != okSmall {
				t.Fatalf("%s: %q, %v", to, got, err)
			}
			c.Close()
		}
		wantReset(t)(dial(to))
	}
	r.until("looked", func(s *Server) bool {
		want := []address{{3: native(0, 0, 0, 1)}, {2: native(0, 0, 255, 255), 3: native(127, 0, 0, 1)}}
		for i, ip := range want {
			if s.peers.used != len(want) || s.peers.all[i].ip != ip {
				t.Errorf("address %d of %d is %x; want %x", i, s.peers.used, s.peers.all[i].ip, ip)
			}
		}
		return true
	})
	r.wantRefused(2, 0)
}
