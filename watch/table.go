package watch

import (
	"vlpd/event"
	"vlpd/vlp"
)

// PerBeat is how many records one Observe appends at most.
const PerBeat = 4

// Verdict says what became of a frame.
type Verdict uint8

const (
	Accepted     Verdict = iota
	OutOfOrder           // the nonce is at or below the stored one
	Duplicate            // the last accepted frame once more
	Full                 // a new agent, no room, and nobody to evict
	AgentTooFast         // the agent beats faster than Config.AgentRate
	AllTooFast           // all together beat faster than Config.GlobalRate
	Unvouched            // nobody has judged who sent it: see ObserveVouched
)

// Counts are totals since New.
type Counts struct {
	Evicted          uint64
	Restarts         uint64 // sessions begun under a known key
	NonceWraps       uint64
	CapacityExceeded uint64 // frames dropped as Full
}

// Table holds the agents. Make one with New; one goroutine may use it.
type Table struct {
	slots    []Agent // in use up to len; cap is the capacity
	links    []link
	falls    []fall // by slot
	index    index
	live     []queue // by class: in time, oldest beat first
	silent   []queue // by class: stalled, longest first
	kinds    []SourceKind
	gaps     []uint64 // by source
	classify func(source uint16, pid uint32) uint8
	evict    Policy
	counts   Counts
	pace     pace
	offered  bool // the frame may begin a session
	vouch    bool // Config.Vouch
	vouched  bool // the frame's sender was judged

	clockNS    int64 // latest reading of the observed clock
	forgivenNS int64 // what it lags the raw clock by
}

// New makes an empty table. It panics on a Config that Check refuses.
func New(cfg Config) *Table {
	if err := cfg.Check(); err != nil {
		panic(err)
	}
	t := &Table{
		slots:    make([]Agent, 0, cfg.Capacity),
		links:    make([]link, cfg.Capacity),
		index:    newIndex(cfg.Capacity, cfg.Seed),
		live:     newQueues(cfg.Thresholds),
		silent:   newQueues(cfg.Thresholds),
		kinds:    append([]SourceKind(nil), cfg.Kinds...),
		gaps:     make([]uint64, len(cfg.Kinds)),
		falls:    make([]fall, cfg.Capacity),
		classify: cfg.Classify,
		evict:    cfg.Evict,
		pace:     newPace(&cfg),
		vouch:    cfg.Vouch,
	}
	return t
}

// Observe takes a frame that came from source at now, ns of the raw clock, and
// appends what happened, at most PerBeat records: an Eviction that made room, a
// Session, the Beat (its Code says what is new in it), and Recovered if it
// ended a stall. Nothing is appended unless the verdict is Accepted, and a
// frame that is not accepted refreshes nothing. The source must be one of
// Config.Kinds.
func (t *Table) Observe(now int64, source uint16, f *vlp.Frame, out []event.Record) ([]event.Record, Verdict) {
	at := t.observed(now)
	h := t.index.hash(source, f.PID)
	i, known := t.index.find(t.slots, h, source, f.PID)
	if t.vouch && !t.vouched && (!known || t.slots[i].state&isVouched == 0) && t.kinds[source] == Local {
		return out, Unvouched
	}
	if !known {
		return t.admit(now, h, source, f, out)
	}
	a := &t.slots[i]
	silence := at - a.seenNS
	r := t.rule(i, f, silence)
	switch r {
	case stale:
		return out, OutOfOrder
	case copied:
		return out, Duplicate
	}
	if !t.kinds[source].isWire() {
		if v := t.limited(i, now, f); v != Accepted {
			if r == session {
				a.state |= isFresh // only its first frame can prove it
			}
			return out, v
		}
	}
	if r == session {
		out = note(out, event.Session, now, source, f, a.nonce, 0)
	}
	t.tally(i, f, r)
	wasStalled, code := a.Stalled(), a.news(f, r)
	t.unlink(t.queueOf(a), i)
	before := a.nonce
	a.take(f, now, at)
	if f.Nonce == vlp.Terminal && before != vlp.Terminal {
		t.falls[i] = fall{nonce: before}
		a.state |= hasPanic
	}
	t.push(&t.live[a.class], i)
	out = note(out, event.Beat, now, source, f, uint64(f.Payload), code)
	if wasStalled {
		out = note(out, event.Recovered, now, source, f, uint64(silence), 0)
	}
	return out, Accepted
}

// ObserveSealed is Observe for a frame whose seal shows whether it is the first
// of a session of its sender. If so its nonce may have fallen, and need not.
func (t *Table) ObserveSealed(now int64, source uint16, f *vlp.Frame, first bool, out []event.Record) ([]event.Record, Verdict) {
	t.offered = first
	out, v := t.Observe(now, source, f, out)
	t.offered = false
	return out, v
}

// ObserveVouched is Observe for a frame whose sender was judged. pinned says
// that no other can beat under its key until Unvouch: then Observe will do for
// the frames to come.
func (t *Table) ObserveVouched(now int64, source uint16, f *vlp.Frame, pinned bool, out []event.Record) ([]event.Record, Verdict) {
	t.vouched = true
	out, v := t.Observe(now, source, f, out)
	t.vouched = false
	if a, ok := t.Find(source, f.PID); pinned && ok {
		a.state |= isVouched
	}
	return out, v
}

// admit gives a new agent a slot: a free one, or that of whom it displaces.
func (t *Table) admit(now int64, h uint32, source uint16, f *vlp.Frame, out []event.Record) ([]event.Record, Verdict) {
	i := uint32(len(t.slots))
	full := len(t.slots) == cap(t.slots)
	if full {
		i = t.candidate()
	}
	switch {
	case i == none: // takes nothing of what is for all: nothing else limits a stranger
		t.counts.CapacityExceeded++
		return out, Full
	case !t.kinds[source].isWire() && t.Admit(now) != Accepted:
		return out, AllTooFast
	case full:
		out = append(out, t.displace(i, now))
	default:
		t.slots = t.slots[:i+1]
	}
	a := &t.slots[i]
	*a = Agent{source: source, pid: f.PID}
	if t.pace.next != nil {
		t.pace.next[i] = now + t.pace.intervalNS
	}
	if t.classify != nil {
		a.class = t.classify(source, f.PID)
	}
	a.take(f, now, t.clockNS)
	t.push(&t.live[a.class], i)
	t.index.insert(h, i)
	out = note(out, event.Beat, now, source, f, uint64(f.Payload), event.BeatFirst)
	return out, Accepted
}

// tally counts what the ruling on an accepted frame means.
func (t *Table) tally(i uint32, f *vlp.Frame, r ruling) {
	a := &t.slots[i]
	if n := t.skipped(i, f, r); n != 0 {
		add64(&t.gaps[a.source], n)
	}
	if r == session {
		add32(&a.restarts, 1)
		t.counts.Restarts++
	}
	if r != onward && wraps(a.nonce, f.Nonce) {
		t.counts.NonceWraps++
	}
}

// grow makes room for one more record, to be filled in where it stands: to
// copy one that has just been made field by field stalls the processor.
func grow(out []event.Record) ([]event.Record, *event.Record) {
	if n := len(out); n < cap(out) {
		out = out[:n+1]
	} else {
		out = append(out, event.Record{})
	}
	return out, &out[len(out)-1]
}

// note appends a record of kind about the accepted frame f.
//
//go:noinline
func note(out []event.Record, kind event.Kind, now int64, source uint16, f *vlp.Frame, value uint64, code uint16) []event.Record {
	out, r := grow(out)
	r.At, r.Nonce, r.Value = now, f.Nonce, value
	r.ID, r.Seq, r.Source = f.PID, 0, source
	r.Kind, r.Status, r.Code = kind, uint8(f.Status), code
	return out
}
