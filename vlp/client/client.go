package client

import (
	"math"
	"sync"
	"time"

	"vlpd/vlp"
)

// Status is what a program says about itself.
type Status = vlp.Status

// What a program may say. Neither Degraded nor Critical is a stall: they say
// that it lives, and how.
const (
	OK       = vlp.OK
	Degraded = vlp.Degraded
	Critical = vlp.Critical
)

// Client beats for this process. A nil Client is one without an observer: all
// its methods may be called, and nothing is sent.
type Client struct {
	pid   uint32
	patch int // beats in a row that were dropped before it connects again; 0: never

	mu      sync.Mutex
	way     way
	seal    *seal // nil: plain frames
	clock   func() time.Duration
	last    uint64 // timestamp of the last frame
	nonce   uint64 // of the last frame that was sent
	dropped int    // beats in a row
	closed  bool
	told    bool // of a panic; no beat since
	stats   Stats
	plain   [vlp.Size]byte
	wire    [maxWire]byte
}

// way is how frames leave.
type way interface {
	// send takes one frame. gone says that some of it is on the wire although
	// it was not sent.
	send(frame []byte) (o Outcome, gone bool)
	connect() Outcome // makes the connection anew; if it cannot, the old one stays
	close() error
}

// Stats is what a client did since it was made.
type Stats struct {
	Sent       uint64
	Dropped    uint64
	Failed     uint64
	Reconnects uint64 // connections made anew
}

// Stats returns the counters.
func (c *Client) Stats() Stats {
	if c == nil {
		return Stats{}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}

// Beat sends one beat. payload is the program's own: vlpd writes it into its
// event log. It does not wait, except for what else uses the client, and if it
// belongs to NewWriter for the writer.
func (c *Client) Beat(s Status, payload uint32) Outcome {
	if c == nil {
		return Outcome{Result: NoObserver}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s > Critical {
		c.stats.Failed++
		return Outcome{Failed, ErrStatus}
	}
	c.told = false
	nonce := c.nonce + 1
	if nonce == vlp.Terminal { // is for panics; the observer knows the wrap
		nonce = 0
	}
	return c.transmit(&vlp.Frame{Timestamp: c.timestamp(), Nonce: nonce, PID: c.pid, Payload: payload, Status: s})
}

// transmit sends a frame and keeps the books. The nonce moves on only when the
// frame, or a part of it, is out: then the observer sees no gap where nothing
// was lost on the way.
func (c *Client) transmit(f *vlp.Frame) Outcome {
	if c.closed {
		c.stats.Failed++
		return Outcome{Failed, ErrClosed}
	}
	wire := vlp.Append(c.plain[:0], f)
	if c.seal != nil {
		wire = c.seal.append(c.wire[:0], &c.plain)
	}
	o, gone := c.way.send(wire)
	if !o.Sent() && c.again(o) {
		if o = c.way.connect(); o.Sent() {
			c.stats.Reconnects++
			o, gone = c.way.send(wire) // the same bytes: their seal is spent on them
		}
	}
	if o.Sent() || gone {
		c.nonce, c.last = f.Nonce, f.Timestamp
	}
	c.count(o)
	return o
}

// again decides whether to connect anew: at once when the connection leads
// nowhere, be it that nobody is at its other end or that a network gave us
// another address, and after some time of a full queue, which may be that of a
// process that hangs and has been replaced.
func (c *Client) again(o Outcome) bool {
	c.dropped++
	if c.patch == 0 || c.dropped < c.patch && (o.Result == QueueFull || o.Result == StorageFull) {
		return false
	}
	c.dropped = 0
	return true
}

func (c *Client) count(o Outcome) {
	switch {
	case o.Sent():
		c.stats.Sent++
		c.dropped = 0
	case o.Dropped():
		c.stats.Dropped++
	default:
		c.stats.Failed++
	}
}

// timestamp is in ns since the client was made, never less than before, and
// never the one value that is illegal.
func (c *Client) timestamp() uint64 {
	return min(max(c.last, uint64(max(0, c.clock()))), math.MaxUint64-1)
}

// Reconnect makes the connection anew, for programs that have switched that off
// by ReconnectAfter. The nonce goes on.
func (c *Client) Reconnect() Outcome {
	if c == nil {
		return Outcome{Result: NoObserver}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return Outcome{Failed, ErrClosed}
	}
	c.dropped = 0
	o := c.way.connect()
	if o.Sent() {
		c.stats.Reconnects++
	}
	return o
}

// Close ends the client, and tells nobody: the protocol has no word for it. What
// was given to NewWriter is not closed. A second Close does nothing.
func (c *Client) Close() error {
	if c == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	return c.way.close()
}
