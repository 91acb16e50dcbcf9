package client

import (
	"os"
	"syscall"
	"testing"
)

// way that refuses n times, and counts.
type refusing struct {
	o         Outcome
	n         int
	connected int
}

func (r *refusing) send([]byte) (Outcome, bool) {
	if r.n--; r.n >= 0 {
		return r.o, false
	}
	return Outcome{}, false
}
func (r *refusing) connect() Outcome { r.connected++; return Outcome{} }
func (r *refusing) close() error     { return nil }

// A device whose address is no longer its own gets EINVAL or ENETUNREACH from a
// socket that is still bound to it; another socket is bound to the new one.
func TestConnectsAtOnceForAnythingButRoom(t *testing.T) {
	for e, w := range map[syscall.Errno]Result{
		syscall.ENETUNREACH: Sent, syscall.EINVAL: Sent, syscall.ECONNREFUSED: Sent, syscall.EPIPE: Sent,
		syscall.EAGAIN: QueueFull, syscall.ENOSPC: StorageFull,
	} {
		r := &refusing{o: errno(e), n: 1}
		o := &settings{reconnectAfter: defaultReconnectAfter}
		c, err := o.dial(r, 7)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Beat(OK, 0).Result; got != w || (r.connected == 2) != (w == Sent) {
			t.Errorf("%v: %v, connected %d times", e, got, r.connected)
		}
	}
}

// What was given to NewWriter is never connected again: a frame is written once.
func TestWriterIsNotConnectedAgain(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	c, err := NewWriter(w, 7)
	if err != nil {
		t.Fatal(err)
	}
	for range 12 {
		want(t, c.Beat(OK, 0), PeerGone, syscall.EPIPE)
	}
	if s := c.Stats(); s.Reconnects != 0 {
		t.Errorf("%+v", s)
	}
}
