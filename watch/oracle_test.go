package watch

import (
	"cmp"
	"math"
	"slices"

	"vlpd/event"
	"vlpd/vlp"
)

// oracle is the table once more, slow and obvious: a map, and a look at
// everybody for every question.
type oracle struct {
	cfg    Config
	agents map[key]*person
	counts Counts
	gaps   []uint64
	clock  int64 // observed
	pauses int64
	order  int // of beats, to break ties
}

type key struct {
	source uint16
	pid    uint32
}

type person struct {
	key
	last                 vlp.Frame
	fallen               *vlp.Frame
	panicked             *uint64 // the nonce before the terminal one
	seen, raw, threshold int64
	class                uint8
	order                int
	stalled, fresh       bool
	beats                uint64
	stalls, restarts     uint32
}

func newOracle(cfg Config) *oracle {
	return &oracle{cfg: cfg, agents: map[key]*person{}, gaps: make([]uint64, len(cfg.Kinds))}
}

func (o *oracle) tick(now int64) int64 {
	o.clock = max(o.clock, now-o.pauses)
	return o.clock
}

func (o *oracle) observe(now int64, source uint16, f vlp.Frame) (out []event.Record, v Verdict) {
	clock := o.tick(now)
	about := func(kind event.Kind, value uint64, code uint16) {
		out = append(out, event.Record{At: now, Kind: kind, Source: source, ID: f.PID,
			Nonce: f.Nonce, Status: uint8(f.Status), Value: value, Code: code})
	}
	var first, status uint16
	p := o.agents[key{source, f.PID}]
	if p == nil {
		if len(o.agents) == o.cfg.Capacity {
			victim := o.victim()
			if victim == nil {
				o.counts.CapacityExceeded++
				return nil, Full
			}
			delete(o.agents, victim.key)
			o.counts.Evicted++
			out = append(out, event.Record{At: now, Kind: event.Eviction, Source: victim.source, ID: victim.pid})
		}
		class := o.cfg.Classify(source, f.PID)
		p = &person{key: key{source, f.PID}, class: class, threshold: o.cfg.Thresholds[class]}
		o.agents[p.key], first = p, event.BeatFirst
	} else {
		accept, begins := o.judge(p, f, clock-p.seen)
		if !accept && f == p.last {
			return nil, Duplicate
		} else if !accept {
			return nil, OutOfOrder
		} else if begins {
			about(event.Session, p.last.Nonce, 0)
			first = event.BeatFirst
		}
		if p.stalled {
			first = event.BeatFirst
		}
		if p.last.Status != f.Status {
			status = event.BeatStatus
		}
	}
	silence := uint64(clock - p.seen)
	was := p.last.Nonce
	p.panicked = nil
	if f.Nonce == vlp.Terminal && was != vlp.Terminal && p.beats > 0 {
		p.panicked = &was
	}
	p.last, p.seen, p.raw, p.fallen, p.fresh = f, clock, now, nil, false
	p.beats++
	o.order++
	p.order = o.order
	about(event.Beat, uint64(f.Payload), first|status)
	if p.stalled {
		p.stalled = false
		about(event.Recovered, silence, 0)
	}
	return out, Accepted
}

// judge follows the package comment: is f a beat of p, and does it begin a
// session? It counts what that means.
func (o *oracle) judge(p *person, f vlp.Frame, silence int64) (accept, begins bool) {
	kind, S, n := o.cfg.Kinds[p.source], p.last.Nonce, f.Nonce
	atEnd := S >= 1<<64-1-1<<20 && n < 1<<20
	wire := kind == Wire
	defer func() {
		if begins {
			o.counts.Restarts++
			p.restarts++
		}
		if accept && atEnd && n <= S {
			o.counts.NonceWraps++
		}
	}()
	gap := func(n uint64) {
		if wire {
			o.gaps[p.source] = saturate(o.gaps[p.source], n, math.MaxUint64)
		}
	}
	if p.fresh {
		return true, true
	}
	if n > S {
		if n != vlp.Terminal {
			gap(n - S - 1)
		}
		return true, false
	}
	if f == p.last {
		return false, false
	}
	if n == 1 && (kind != Net || atEnd || silence >= p.threshold) {
		return true, true
	}
	if atEnd {
		if S != vlp.Terminal {
			gap(vlp.Terminal - 1 - S + n)
		}
		return true, false
	}
	if p.panicked != nil && n > *p.panicked && n != vlp.Terminal {
		return true, false
	}
	if !wire && silence < p.threshold {
		return false, false
	}
	if q := p.fallen; q != nil && n > q.Nonce && n-q.Nonce <= 16 && f.Timestamp >= q.Timestamp {
		gap(n - q.Nonce - 1)
		return true, true
	}
	p.fallen, p.panicked = &f, nil
	return false, false
}

func saturate(a, b, limit uint64) uint64 {
	if b > limit || a > limit-b {
		return limit
	}
	return a + b
}

func (o *oracle) people() []*person {
	var all []*person
	for _, p := range o.agents {
		all = append(all, p)
	}
	return all
}

func (o *oracle) victim() *person {
	var dead []*person
	for _, p := range o.agents {
		if p.stalled && o.clock-p.seen > 10*p.threshold {
			dead = append(dead, p)
		}
	}
	if dead != nil {
		return slices.MinFunc(dead, byDeadline)
	}
	if o.cfg.Evict == Strict {
		return nil
	}
	return slices.MinFunc(o.people(), func(a, b *person) int {
		stalledFirst := func(p *person) int {
			if p.stalled {
				return 0
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.seen, b.seen), stalledFirst(a)-stalledFirst(b),
			cmp.Compare(a.class, b.class), a.order-b.order)
	})
}

func byDeadline(a, b *person) int {
	return cmp.Or(cmp.Compare(a.seen+a.threshold, b.seen+b.threshold), cmp.Compare(a.class, b.class), a.order-b.order)
}

// waiting are those in time, next to stall first.
func (o *oracle) waiting() []*person {
	var all []*person
	for _, p := range o.agents {
		if !p.stalled {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, byDeadline)
	return all
}

func (o *oracle) expire(now int64, limit int) (out []event.Record) {
	o.tick(now)
	clock := now - o.pauses
	for _, p := range o.waiting() {
		if p.seen+p.threshold > clock || len(out) >= limit {
			break
		}
		p.stalled = true
		p.stalls++
		out = append(out, event.Record{At: now, Kind: event.Stall, Source: p.source, ID: p.pid,
			Nonce: p.last.Nonce, Status: 3, Value: uint64(clock - p.seen)})
	}
	return out
}

func (o *oracle) next() (int64, bool) {
	if w := o.waiting(); w != nil {
		return w[0].seen + w[0].threshold + o.pauses, true
	}
	return 0, false
}
