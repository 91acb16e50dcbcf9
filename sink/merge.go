package sink

import (
	"sync/atomic"

	"vlpd/event"
	"vlpd/ring"
)

// stageRecords is how many records are copied out of a ring at a time, so that
// the ring is held for the copy only, never for a write.
const stageRecords = 128

// stage is the writer's end of one ring.
type stage struct {
	ring *ring.Ring[event.Record]
	buf  []event.Record
	recs []event.Record // taken from the ring, not yet merged
	// seen: while recs is empty, every record of this ring up to this Seq was
	// taken, or dropped by the loop.
	seen uint32
}

func newStage(r *ring.Ring[event.Record]) stage {
	return stage{ring: r, buf: make([]event.Record, stageRecords)}
}

// refill takes records if none are left. pushed must have been loaded before:
// what was pushed by then is in the claim, unless more is unread than fits.
func (s *stage) refill(pushed uint32) {
	if len(s.recs) > 0 {
		return
	}
	a, b := s.ring.Claim(len(s.buf))
	n := copy(s.buf, a)
	n += copy(s.buf[n:], b)
	s.ring.Release()
	s.recs = s.buf[:n]
	if n < len(s.buf) {
		s.seen = pushed
	}
}

// before returns how many of o's first records are provably earlier than all
// that this stage's ring still holds: its first record is later, or it was
// empty when everything up to them had been pushed.
func (s *stage) before(o []event.Record) int {
	last := s.seen
	if len(s.recs) > 0 {
		last = s.recs[0].Seq - 1
	}
	return min(len(o), max(int(int32(last-o[0].Seq))+1, 0))
}

// merge brings the records of both rings back into the order of their Seq and
// finds the gaps that the loop left when a ring was full. Seq wraps; distances
// below 1<<31 are all that is ever compared.
type merge struct {
	beats, events stage
	pushed        *atomic.Uint32 // Seq of the last record given to Push, stored after it was put into its ring or dropped
	next          uint32         // Seq of the next record
	from          *stage         // where run found its records
}

// run returns records that come next, without a gap among them, and how many
// before them are missing. They stay next until taken. At the end of what can
// be told now it returns none, and how many are missing there.
func (m *merge) run() (recs []event.Record, missing uint32) {
	pushed := m.pushed.Load()
	m.beats.refill(pushed)
	m.events.refill(pushed)
	m.from = &m.beats
	other := &m.events
	switch b, e := m.beats.recs, m.events.recs; {
	case len(b) == 0 && len(e) == 0:
		return nil, uint32(max(int32(pushed+1-m.next), 0)) // a record may be seen before pushed is
	case len(b) == 0 || len(e) > 0 && int32(e[0].Seq-b[0].Seq) < 0:
		m.from, other = other, m.from
	}
	recs = m.from.recs
	recs = recs[:other.before(recs)]
	if len(recs) == 0 {
		return nil, 0
	}
	n := 1
	for n < len(recs) && recs[n].Seq == recs[0].Seq+uint32(n) {
		n++
	}
	return recs[:n], recs[0].Seq - m.next
}

// skip says that the n missing records have been accounted for.
func (m *merge) skip(n uint32) { m.next += n }

// took removes the first n records that run returned.
func (m *merge) took(n int) {
	if n > 0 {
		m.from.recs = m.from.recs[n:]
		m.next += uint32(n)
	}
}
