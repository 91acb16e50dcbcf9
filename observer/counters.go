package observer

import (
	"vlpd/event"
	"vlpd/intake"
	"vlpd/vlp"
	"vlpd/watch"
)

// counters are what the loop counts itself. Whatever can be derived from them
// is derived where it is printed: what was received is what was accepted plus
// what was dropped.
type counters struct {
	sources       []sourceCount
	faults        [vlp.Faults]uint64
	events        [event.Kinds]uint64
	receiveErrors uint64
	pauses        uint64
	pausedNS      uint64
	longPauses    uint64 // of more than longPauseNS
	turns         uint64
	suppressed    uint64 // lines on stderr that were held back
}

type sourceCount struct {
	beats   uint64
	dropped [intake.Reasons]uint64
}

// received is how many frames came in, whatever became of them.
func (c *sourceCount) received() uint64 {
	n := c.beats
	for _, d := range c.dropped {
		n += d
	}
	return n
}

// dropped sums one reason over all sources. Only scrapes ask, so that there
// need not be a copy for each.
//
//go:noinline
func (c *counters) dropped(why intake.Reason) (n uint64) {
	for i := range c.sources {
		n += c.sources[i].dropped[why]
	}
	return n
}

// copyFrom makes c a snapshot of o without allocating.
func (c *counters) copyFrom(o *counters) {
	sources := c.sources
	*c = *o
	c.sources = sources
	copy(c.sources, o.sources)
}

// reasons says why the table did not take a frame.
var reasons = [...]intake.Reason{
	watch.Accepted:     intake.Accepted,
	watch.OutOfOrder:   intake.OutOfOrder,
	watch.Duplicate:    intake.Duplicate,
	watch.Full:         intake.Capacity,
	watch.AgentTooFast: intake.AgentRate,
	watch.AllTooFast:   intake.GlobalRate,
}
