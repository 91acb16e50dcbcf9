package client

import (
	"errors"
	"math"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"vlpd/vlp"
)

func TestFirstBeats(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path, RequireObserver())
	if _, ok := l.next(); ok {
		t.Error("connecting has sent something")
	}
	before := uint64(0)
	for i, s := range []Status{OK, Degraded, Critical, OK} {
		want(t, c.Beat(s, uint32(i)<<30), Sent, nil)
		f := l.frame()
		if f.Nonce != uint64(i)+1 || f.Status != s || f.Payload != uint32(i)<<30 || f.PID != uint32(os.Getpid()) || f.Timestamp < before || f.Timestamp > 60e9 {
			t.Errorf("beat %d: %+v", i, f)
		}
		before = f.Timestamp
	}
	if got := c.Stats(); got != (Stats{Sent: 4}) {
		t.Errorf("%+v", got)
	}
}

// The protocol's wrap: the terminal nonce is left out, 0 follows.
func TestNonceWraps(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	for _, n := range []struct{ last, next uint64 }{
		{0, 1}, {1, 2}, {math.MaxUint32, 1 << 32}, {vlp.Terminal - 2, vlp.Terminal - 1}, {vlp.Terminal - 1, 0},
	} {
		c.nonce = n.last
		want(t, c.Beat(OK, 0), Sent, nil)
		if f := l.frame(); f.Nonce != n.next {
			t.Errorf("after %d comes %d, want %d", n.last, f.Nonce, n.next)
		}
	}
}

func TestTimestampsNeverFall(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	for _, s := range []struct {
		now  time.Duration
		want uint64
	}{{5, 5}, {3, 5}, {5, 5}, {-9, 5}, {math.MaxInt64, math.MaxInt64}, {7, math.MaxInt64}} {
		c.clock = func() time.Duration { return s.now }
		want(t, c.Beat(OK, 0), Sent, nil)
		if f := l.frame(); f.Timestamp != s.want {
			t.Errorf("at %d the frame says %d, want %d", s.now, f.Timestamp, s.want)
		}
	}
	c.last = math.MaxUint64
	if got := c.timestamp(); got != math.MaxUint64-1 {
		t.Errorf("the illegal timestamp %d is used", got)
	}
}

// Many goroutines beat at once: no nonce twice, none left out, and in order.
func TestConcurrentBeats(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	const goroutines, beats = 8, 200
	var senders sync.WaitGroup
	for range goroutines {
		senders.Go(func() {
			for range beats {
				for !c.Beat(OK, 0).Sent() {
				}
			}
		})
	}
	for n := uint64(1); n <= goroutines*beats; {
		if b, ok := l.next(); ok {
			var f vlp.Frame
			if ft := vlp.Decode((*[vlp.Size]byte)(b), &f); ft != vlp.None || f.Nonce != n {
				t.Fatalf("%s, nonce %d, want %d", ft.Label(), f.Nonce, n)
			}
			n++
		}
	}
	senders.Wait()
}

func TestRefused(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	want(t, c.Beat(vlp.Stall, 0), Failed, ErrStatus)
	want(t, c.Beat(200, 0), Failed, ErrStatus)
	want(t, c.Beat(OK, 0), Sent, nil)
	if f := l.frame(); f.Nonce != 1 {
		t.Errorf("what was refused has used up a nonce: %d", f.Nonce)
	}
	if err := errors.Join(c.Close(), c.Close()); err != nil {
		t.Error(err)
	}
	want(t, c.Beat(OK, 0), Failed, ErrClosed)
	want(t, c.Reconnect(), Failed, ErrClosed)
	if got := c.Stats(); got != (Stats{Sent: 1, Failed: 3}) {
		t.Errorf("%+v", got)
	}
}

func TestNilClient(t *testing.T) {
	var c *Client
	defer c.OnPanic()
	want(t, c.Beat(OK, 0), NoObserver, nil)
	want(t, c.Reconnect(), NoObserver, nil)
	if c.Stats() != (Stats{}) || c.Close() != nil {
		t.Error("a nil client does something")
	}
	w := c.Watchdog()
	w.Task("x", time.Hour)
	if o, alive := w.Beat(); !alive || o.Sent() {
		t.Error(o, alive)
	}
}

// A frame goes out by one Write, and one that was cut short has used up its nonce.
func TestWriter(t *testing.T) {
	s := &serial{take: -1}
	c, err := NewWriter(s, 7)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	for _, w := range []struct {
		take   int
		err    error
		result Result
		cause  error
		nonce  uint64 // of the next
	}{
		{-1, nil, Sent, nil, 2},
		{0, broken, Failed, broken, 2},
		{0, syscall.EAGAIN, QueueFull, syscall.EAGAIN, 2},
		{0, os.ErrDeadlineExceeded, QueueFull, os.ErrDeadlineExceeded, 2},
		{0, &os.PathError{Op: "write", Path: "/dev/ttyS0", Err: syscall.EIO}, Failed, syscall.EIO, 2},
		{9, nil, Failed, nil, 3},
		{9, syscall.EAGAIN, QueueFull, syscall.EAGAIN, 4},
	} {
		s.Reset()
		s.take, s.err = w.take, w.err
		if o := c.Beat(OK, 0); o.Result != w.result || w.cause != nil && !errors.Is(o.Err, w.cause) {
			t.Errorf("%+v: %v", w, o)
		}
		if c.nonce+1 != w.nonce {
			t.Errorf("%+v: next is %d", w, c.nonce+1)
		}
		if n := s.Len(); n != w.take && n != vlp.Size {
			t.Errorf("%+v: %d bytes were written", w, n)
		}
	}
	if got := c.Stats(); got.Reconnects == 0 && got.Sent != 1 {
		t.Errorf("%+v", got)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}
