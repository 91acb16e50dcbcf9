package sink

import (
	"sync/atomic"

	"vlpd/event"
	"vlpd/ring"
)

// readableNS is how long a row may wait in a ring for company. It must be
// readable in the file 0.1 s after its event.
const readableNS = 80e6

// front is the loop's end of the log. Its plain fields belong to the loop.
//
// Two rings bear the load: what a sender can produce at will goes to beats,
// where the oldest can be taken back when it is full; the rest goes to events.
type front struct {
	beats, events *ring.Ring[event.Record]
	kinds         event.Set // that are urgent
	seq           uint32
	due           int64 // when to wake the writer; 0: nothing is waiting
	urgent        bool
	guard         bool   // an event went to the beats ring and may still be unread
	shown         uint32 // seq of the last record published
	spared        uint32 // seq when memory was given back last
	spareAt       int64  // not again before

	pushed  atomic.Uint32
	failing atomic.Bool   // the writer's: the disk takes no rows
	reopen  atomic.Bool   // asked of the writer
	closing atomic.Bool   // likewise, for good
	wake    chan struct{} // one slot
	stats   Stats
}

// publishEvery is how many records may be pushed before the writer sees them.
const publishEvery = 64

// Push gives r, of which it takes a copy, to the log and sets r.Seq. It never
// blocks and never allocates. now is that of Deadline. The writer may see it
// only after Flush.
func (f *front) Push(now int64, r *event.Record) {
	f.seq++
	r.Seq = f.seq
	if !f.enqueue(r) {
		f.lose(1)
	}
	if f.seq-f.shown >= publishEvery {
		f.Publish()
	}
	if f.due == 0 {
		f.due = now + readableNS
	}
	if f.kinds.Has(r.Kind) {
		f.urgent = true
	}
}

// Publish shows what was pushed to the writer, and counts it.
func (f *front) Publish() {
	if f.seq == f.shown {
		return
	}
	f.beats.Publish()
	f.events.Publish()
	f.stats.Records.Add(uint64(f.seq - f.shown))
	f.shown = f.seq
	f.pushed.Store(f.seq) // last, see merge
}

// atWill are the kinds that a sender, or noise on a wire, can make any number of.
var atWill = event.Set(0).With(event.Beat).With(event.Decode).With(event.IO).With(event.Mismatch).With(event.CTrunc)

// statusOK is vlp.OK, which this package may not import.
const statusOK = 0

func ordinary(r *event.Record) bool { return r.Kind == event.Beat && r.Status == statusOK }

// enqueue finds a slot for r. Half of the events ring is kept for what nobody
// can produce at will; the beats ring helps out when that is full.
func (f *front) enqueue(r *event.Record) bool {
	if ordinary(r) || atWill.Has(r.Kind) && f.events.Used() >= f.events.Cap()/2 {
		return !f.guarded() && f.pushBeat(r)
	}
	return f.events.Put(r) || f.pushGuarded(r)
}

// pushGuarded gives an event a slot of the beats ring, where half is cleared of
// the oldest beats for it and those to come. While one is there, no beat is
// taken in or out: what the ring holds is worth more.
func (f *front) pushGuarded(r *event.Record) bool {
	if surplus := f.beats.Used() - f.beats.Cap()/2; surplus > 0 && !f.guarded() {
		f.lose(f.beats.Reclaim(surplus))
	}
	ok := f.beats.Put(r)
	f.guard = f.guard || ok
	return ok
}

// pushBeat puts r into the beats ring, for which some of the oldest go.
func (f *front) pushBeat(r *event.Record) bool {
	if f.beats.Put(r) {
		return true
	}
	n := f.beats.Reclaim(f.beats.Cap() / 16)
	f.lose(n)
	return n > 0 && f.beats.Put(r)
}

// guarded reports whether the last event that went to the beats ring may still
// be unread; it is the last of all there.
func (f *front) guarded() bool {
	f.guard = f.guard && f.beats.Used() > 0
	return f.guard
}

// lose counts n rows. The writer waits for the count before it calls a gap one.
func (f *front) lose(n int) {
	if f.failing.Load() {
		f.stats.LostDisk.Add(uint64(n))
	} else {
		f.stats.LostRing.Add(uint64(n))
	}
}

// Deadline returns when the loop must call Tick; 0: nothing is waiting.
func (f *front) Deadline() int64 { return f.due }

// Tick wakes the writer if a row has waited long enough.
func (f *front) Tick(now int64) {
	if f.due != 0 && now >= f.due {
		f.Publish()
		f.kick()
	}
}

// Flush ends a turn of the loop: what was pushed is published, and the writer is woken at once for rows whose
// kind is synced at once, and when a ring is a quarter full.
func (f *front) Flush() {
	f.Publish()
	if f.due == 0 {
		return
	}
	if f.urgent || f.beats.Len() >= f.beats.Cap()/4 || f.events.Len() >= f.events.Cap()/4 {
		f.kick()
	}
}

func (f *front) kick() {
	f.due, f.urgent = 0, false
	f.poke()
}

// poke may be called from any goroutine. A full slot means that the writer
// has not looked yet since the last one.
func (f *front) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// RingRecords returns how many published records wait in the rings.
func (f *front) RingRecords() int { return f.beats.Len() + f.events.Len() }
