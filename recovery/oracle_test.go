package recovery

import (
	"cmp"
	"slices"
)

// oracle is the table once more, slow and obvious: a map, and a look at
// everybody for every question.
type oracle struct {
	cfg    Config
	people map[Key]*person
	heard  map[uint16]int64 // when a source can be heard again; never: down
	order  int
	counts Counts
}

// person is an agent of whom something must be remembered.
type person struct {
	key            Key
	silent, anew   bool
	plan           string // "", timed, waiting, parked
	dueNS          int64  // of a timed or waiting one
	order          int    // when it got its plan
	child          bool
	spawned, fired bool
	firedNS        int64
	failures       int
	restOrder      int // when it began to rest
}

func newOracle(cfg Config) *oracle {
	return &oracle{cfg: cfg, people: map[Key]*person{}, heard: map[uint16]int64{}}
}

func (o *oracle) count(what Outcome) Outcome {
	o.counts.Outcomes[what]++
	return what
}

func (o *oracle) set(p *person, plan string, dueNS int64) {
	o.order++
	p.plan, p.dueNS, p.order = plan, dueNS, o.order
}

func (o *oracle) children() (n int) {
	for _, p := range o.people {
		if p.child {
			n++
		}
	}
	return n
}

func (o *oracle) debounced(p *person, now int64) bool {
	return p.fired && now < p.firedNS+o.cfg.DebounceNS
}

func (o *oracle) stalled(now int64, k Key, proof Attestation) Outcome {
	o.recovered(k)
	switch {
	case proof == CrossNamespace && !o.cfg.AllowCrossNamespace:
		return o.count(RefusedCrossNamespace)
	case proof == Unattested:
		return o.count(RefusedUnauthenticatedTransport)
	case proof == SocketModeOnly:
		return o.count(RefusedSocketModeOnly)
	}
	p := o.people[k]
	if p == nil {
		if !o.room(now) {
			return o.count(RefusedDebounceCapacity)
		}
		p = &person{key: k}
		o.people[k] = p
	}
	p.silent, p.failures, p.anew = true, 0, p.child
	deaf := now < o.heard[k.Source]
	switch {
	case deaf && p.child:
		return o.count(RefusedLineDown)
	case deaf:
		o.set(p, "parked", 0)
		return o.count(RefusedLineDown)
	case p.child:
		return o.count(Debounced)
	case o.debounced(p, now):
		o.set(p, "timed", p.firedNS+o.cfg.DebounceNS)
		return o.count(Debounced)
	}
	o.set(p, "timed", now)
	return Pending
}

// room makes some, if it can.
func (o *oracle) room(now int64) bool {
	if len(o.people) < o.cfg.Capacity {
		return true
	}
	var over []*person
	for _, p := range o.people {
		if !p.silent && !p.child && !o.debounced(p, now) {
			over = append(over, p)
		}
	}
	if over == nil {
		return false
	}
	first := slices.MinFunc(over, func(a, b *person) int {
		return cmp.Or(cmp.Compare(a.firedNS, b.firedNS), a.restOrder-b.restOrder)
	})
	delete(o.people, first.key)
	o.counts.Replaced++
	return true
}

func (o *oracle) recovered(k Key) {
	p := o.people[k]
	if p == nil || !p.silent {
		return
	}
	p.silent, p.anew, p.plan = false, false, ""
	o.forget(p)
}

// forget drops p, if nothing must be remembered.
func (o *oracle) forget(p *person) {
	if p.child {
		return
	}
	o.order++
	p.restOrder = o.order
	if !p.fired {
		delete(o.people, p.key)
	}
}

// ranks are the plans, who goes first of equals.
var ranks = []string{"waiting", "timed", "parked"}

// first is who is tried next, and when.
func (o *oracle) first() (*person, int64) {
	var all []*person
	free := o.children() < o.cfg.Max
	at := func(p *person) int64 {
		if p.plan == "parked" {
			return o.heard[p.key.Source]
		}
		return p.dueNS
	}
	rank := func(p *person) int { return slices.Index(ranks, p.plan) }
	for _, p := range o.people {
		if p.plan == "waiting" && free || p.plan == "timed" || p.plan == "parked" && at(p) != never {
			all = append(all, p)
		}
	}
	if all == nil {
		return nil, 0
	}
	next := slices.MinFunc(all, func(a, b *person) int {
		if a.plan == "waiting" || b.plan == "waiting" {
			return cmp.Or(rank(a)-rank(b), a.order-b.order)
		}
		c := cmp.Or(cmp.Compare(at(a), at(b)), rank(a)-rank(b))
		if c == 0 && a.plan == "parked" {
			c = int(a.key.Source) - int(b.key.Source)
		}
		return cmp.Or(c, a.order-b.order)
	})
	return next, at(next)
}

func (o *oracle) due(now int64, room int) (out []Attempt) {
	for len(out) < room {
		p, at := o.first()
		if p == nil || at > now {
			break
		}
		a := Attempt{Key: p.key}
		switch {
		case now < o.heard[p.key.Source]:
			a.Outcome = o.count(RefusedLineDown)
			o.set(p, "parked", 0)
		case o.debounced(p, now):
			a.Outcome = o.count(Debounced)
			o.set(p, "timed", p.firedNS+o.cfg.DebounceNS)
		case o.children() >= o.cfg.Max:
			a.Outcome = o.count(RefusedOutstandingCapacity)
			o.set(p, "waiting", now)
		case o.cfg.Recycled(p.key):
			a.Outcome = o.count(RefusedPIDRecycled)
			p.plan = ""
		default:
			p.plan, p.child, p.spawned, p.fired, p.firedNS = "", true, false, true, now
		}
		out = append(out, a)
	}
	return out
}

// spawn and end take only results that can be; the test sends strays to the
// table alone.
func (o *oracle) spawn(k Key) {
	o.people[k].spawned = true
	o.count(Spawned)
}

func (o *oracle) end(now int64, k Key, how Outcome) {
	p := o.people[k]
	if o.count(how) != SpawnFailed {
		o.counts.Durations++
		o.counts.DurationNS += uint64(now - p.firedNS)
	}
	p.child = false
	switch {
	case !p.silent:
		o.forget(p)
	case p.anew:
		p.anew = false
		o.set(p, "timed", max(now, p.firedNS+o.cfg.DebounceNS))
	case how != ReapedZero:
		base := max(o.cfg.DebounceNS, 100e6)
		wait := base
		for range p.failures {
			wait = min(2*wait, max(base, 60e9))
		}
		p.failures++
		o.set(p, "timed", now+wait)
	}
}
