package watch

import (
	"vlpd/limit"
	"vlpd/vlp"
)

// agentBurst is how many frames of one agent may come at once, or as many as it
// may send in a tenth of a second: a panic frame right behind a beat, and what
// gathers while a sender or we are late.
const agentBurst = 10

// pace is who may beat how fast. A serial line is no part of it, with a key or
// without: its speed is its limit, and each has its own share of a turn.
type pace struct {
	next        []int64 // by slot, see limit.Allow; nil: agents are not limited
	intervalNS  int64   // between beats of one agent, in the long run
	toleranceNS int64   // of what may come at once
	creditNS    int64   // of the last pause, until the queues are empty
	all         limit.Bucket
}

func newPace(cfg *Config) (p pace) {
	p.all = limit.NewBucket(cfg.GlobalRate, cfg.GlobalBurst)
	if p.intervalNS = limit.Interval(cfg.AgentRate); p.intervalNS != 0 {
		p.next = make([]int64, cfg.Capacity)
		p.toleranceNS = limit.Tolerance(p.intervalNS, max(agentBurst, cfg.AgentRate/10))
	}
	return p
}

// limited says whether a frame that could be accepted comes too fast: Accepted
// if not. An agent's own limit goes first, so that one who is too fast takes
// nothing of what is for all; a critical beat passes it.
func (t *Table) limited(i uint32, now int64, f *vlp.Frame) Verdict {
	p := &t.pace
	if p.next != nil && f.Status != vlp.Critical &&
		!limit.Allow(&p.next[i], now, p.creditNS, p.intervalNS, p.toleranceNS) {
		return AgentTooFast
	}
	return t.Admit(now)
}

// Admit takes one frame of what may come from all together: Accepted, or
// AllTooFast. The loop asks for frames that it refuses itself.
func (t *Table) Admit(now int64) Verdict {
	if !t.pace.all.Take(now) {
		return AllTooFast
	}
	return Accepted
}

// Settled says that every queue was read to its end: what came late for a
// pause of ours has been seen.
func (t *Table) Settled() {
	t.pace.creditNS = 0
	t.pace.all.Settle()
}
