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

// merge brings the records of both rings back into the order of their Seq and
// finds the gaps that the loop left when a ring was full. Seq wraps; distances
// below 1<<31 are all that is ever compared.
type merge struct {
	beats, events stage
	pushed        *atomic.Uint32 // Seq of the last record given to Push, stored after it was put into its ring or dropped
	next          uint32         // Seq of the next record
	from          *stage         // where peek found its record
}

// peek returns the next record, which stays next until take is called, and how
// many records before it are missing. At the end of what can be told now it
// returns nil, and how many are missing there.
//
// A record may pass only when the other ring provably holds none before it:
// its first record is later, or it was empty when everything up to this
// record had been pushed.
func (m *merge) peek() (r *event.Record, missing uint32) {
	pushed := m.pushed.Load()
	m.beats.refill(pushed)
	m.events.refill(pushed)
	b, e := &m.beats, &m.events
	switch {
	case len(b.recs) == 0 && len(e.recs) == 0:
		return nil, uint32(max(int32(pushed+1-m.next), 0)) // a record may be seen before pushed is
	case len(b.recs) == 0:
		return m.offer(e, b)
	case len(e.recs) == 0:
		return m.offer(b, e)
	case int32(b.recs[0].Seq-e.recs[0].Seq) < 0:
		m.from = b
	default:
		m.from = e
	}
	return &m.from.recs[0], m.from.recs[0].Seq - m.next
}

// offer returns the first record of s if the other stage, which is empty, was
// looked at after it had been pushed.
func (m *merge) offer(s, other *stage) (*event.Record, uint32) {
	r := &s.recs[0]
	if int32(other.seen-r.Seq) < 0 {
		return nil, 0
	}
	m.from = s
	return r, r.Seq - m.next
}

// skip says that the n missing records have been accounted for.
func (m *merge) skip(n uint32) { m.next += n }

// take removes the record that peek returned.
func (m *merge) take() {
	m.from.recs = m.from.recs[1:]
	m.next++
}
