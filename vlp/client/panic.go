package client

import (
	"time"

	"vlpd/vlp"
)

// panicPatience is how long a panic is held up for the sake of its frame.
const panicPatience = time.Second

// OnPanic belongs into a defer statement of its own, early in main and in each
// goroutine:
//
//	defer c.OnPanic()
//
// If the function panics it sends the frame of a program that dies, once, and
// panics again with the same value, so that the program ends as it would have,
// with the same stack in front of it. Otherwise it does nothing. A panic that
// something above recovers, as net/http does in handlers, is told all the same;
// the beats that follow are a new session.
func (c *Client) OnPanic() {
	v := recover()
	if v == nil {
		return
	}
	c.lastBeat()
	panic(v)
}

// Go runs f in a goroutine of its own, with OnPanic.
func (c *Client) Go(f func()) {
	go func() {
		defer c.OnPanic()
		f()
	}()
}

// lastBeat sends the panic frame. Somebody may be in the midst of a write to a
// line that takes nothing: the panic does not wait for that.
func (c *Client) lastBeat() {
	if c == nil {
		return
	}
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.told {
			return // the panic went through another OnPanic on its way
		}
		c.told = true
		c.transmit(&vlp.Frame{Timestamp: c.timestamp(), Nonce: vlp.Terminal, PID: c.pid, Status: Critical})
		if c.nonce == vlp.Terminal {
			c.nonce = 0 // every observer takes 1 for the next, the original too (wrap rule)
		}
	}()
	patience := time.NewTimer(panicPatience)
	defer patience.Stop()
	select {
	case <-sent:
	case <-patience.C:
	}
}
