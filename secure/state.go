package secure

import (
	"encoding/binary"
	"math"
)

// What is saved of a memory, so that it outlives the process, little-endian:
//
//	"vlpdREP2", bytes of the filter (4), sessions in the saved filter (8),
//	senders (4), sessions that went into the filter since it was saved (4)
//	for each sender: id of the key (8), pid (4), newest prefix (8), sessions (4),
//	                 for each, last heard first: prefix (8), highest ctr (4)
//	for each session in the filter only: id of the key (8), pid (4), prefix (8)
//
// and, apart since it is large and hardly ever changes,
//
//	sessions in the filter (8), the filter
//
// There is no checksum, package state has one, and no key.
//
// The counter of a session that goes on moves with every beat, and flash must
// not. So what is saved of a sender's newest session is a ceiling: the counter
// that the session will not have passed before the next save. After a power cut
// everything up to it counts as seen. What was accepted is then never accepted
// again, and an agent that beats on is refused until it has passed the ceiling.
// An orderly stop saves the counters as they are.
const (
	stateMagic  = "vlpdREP2"
	stateHead   = len(stateMagic) + 4 + 8 + 4 + 4
	atSenders   = len(stateMagic) + 4 + 8
	senderSize  = 8 + 4 + 8 + 4 // without its sessions
	sessionSize = 8 + 4
	burntSize   = 8 + 4 + 8
	burntMost   = 256
	burntPlenty = burntMost * 3 / 4 // the filter is saved then

	leadLeast = 4  // beats that a ceiling lies ahead
	leadFirst = 32 // of a session that has just begun
	leadMost  = 1 << 20
)

// Need is how urgently a memory wants to be saved.
type Need uint8

// The needs.
const (
	NeedNothing Need = iota
	NeedSave         // counters have moved, below their ceilings
	NeedSaveNow      // a session has begun, or comes near its ceiling
)

// burnt is a session that went into the filter after the filter was saved.
type burnt struct {
	identity
	prefix uint64
}

// saving is what a memory needs to be saved; nil in one that is not.
type saving struct {
	everyNS int64 // between two saves
	lastNS  int64 // when the one before this began
	nowNS   int64 // when this one began
	cursor  int   // slot that comes next
	exact   bool

	need     Need
	burnt    []burnt
	overflow bool   // one was not noted since the filter was copied, only it has it
	held     uint64 // sessions in the filter that was saved last
	copied   int    // of burnt, are in the filter that is being saved
}

// Keep has the opener note what Save needs; everyNS is how often that will be
// called while beats come.
func (o *Opener) Keep(everyNS int64) {
	o.mem.save = &saving{everyNS: everyNS, lastNS: o.now, burnt: make([]burnt, 0, burntMost)}
}

// Need tells whether it is time to save.
func (o *Opener) Need() Need {
	if s := o.mem.save; s != nil {
		return s.need
	}
	return NeedNothing
}

// touched notes that the sender's frame ctr was accepted.
func (m *memory) touched(s *sender, prefix uint64, ctr uint32) {
	if m.save == nil {
		return
	}
	m.save.need = max(m.save.need, NeedSave)
	s.beats++
	if prefix == s.newest && ctr >= s.mark {
		m.save.need = NeedSaveNow
	}
}

// burn puts a session into the filter.
func (m *memory) burn(who identity, prefix uint64) {
	m.filter.add(who, prefix)
	if s := m.save; s != nil {
		if len(s.burnt) < burntMost {
			s.burnt = append(s.burnt, burnt{who, prefix})
		} else {
			s.overflow, s.need = true, NeedSaveNow
		}
	}
}

// BeginSave starts a save: it appends the head to dst. exact is for a stop after
// which nothing is opened any more.
func (o *Opener) BeginSave(dst []byte, exact bool) []byte {
	s, le := o.mem.save, binary.LittleEndian
	s.cursor, s.exact, s.need, s.nowNS = 0, exact, NeedNothing, o.now
	dst = append(dst, stateMagic...)
	dst = le.AppendUint32(dst, uint32(len(o.mem.filter.bits)*8))
	dst = le.AppendUint64(dst, s.held)
	return le.AppendUint64(dst, 0) // both counts, at the end
}

// StepSave appends the next most senders, and behind the last of them the rest.
// In between frames may be opened.
func (o *Opener) StepSave(dst []byte, most int) (_ []byte, done bool) {
	m, s, le := &o.mem, o.mem.save, binary.LittleEndian
	end := min(s.cursor+most, m.used)
	for ; s.cursor < end; s.cursor++ {
		x := &m.slots[s.cursor]
		dst = le.AppendUint64(dst, x.key)
		dst = le.AppendUint32(dst, x.pid)
		dst = le.AppendUint64(dst, x.newest)
		dst = le.AppendUint32(dst, uint32(x.n))
		for j := range x.n {
			ctr := x.counters[j]
			if x.prefixes[j] == x.newest {
				ctr = s.ceiling(&x.sessions, ctr)
			}
			dst = le.AppendUint64(dst, x.prefixes[j])
			dst = le.AppendUint32(dst, ctr)
		}
	}
	if s.cursor < m.used {
		return dst, false
	}
	le.PutUint32(dst[atSenders:], uint32(s.cursor))
	le.PutUint32(dst[atSenders+4:], uint32(len(s.burnt)))
	for _, b := range s.burnt {
		dst = le.AppendUint64(dst, b.key)
		dst = le.AppendUint32(dst, b.pid)
		dst = le.AppendUint64(dst, b.prefix)
	}
	s.lastNS = s.nowNS
	return dst, true
}

// ceiling is what the newest session, which has come to ctr, will not have
// passed before the next save: one and a half times the beats that were accepted
// in as much time, and not how far the counter went, which goes on while we are
// away. Three quarters of that on, a save is asked for.
func (s *saving) ceiling(x *sessions, ctr uint32) uint32 {
	beats, first := uint64(x.beats), x.ceil == 0
	x.beats = 0
	switch {
	case s.exact:
		x.ceil, x.mark = ctr, ctr
		return ctr
	case beats == 0 && !first:
		return x.ceil
	}
	lead := leadLeast + beats*uint64(s.everyNS/1e6*3/2)/uint64(max(s.nowNS-s.lastNS, s.everyNS/64)/1e6+1)
	if first {
		lead = max(lead, leadFirst)
	}
	lead = min(lead, leadMost)
	x.ceil = uint32(min(uint64(ctr)+lead, math.MaxUint32))
	x.mark = uint32(min(uint64(ctr)+lead-lead/4, math.MaxUint32))
	return x.ceil
}

// FilterDue reports that the filter is to be saved too.
func (o *Opener) FilterDue() bool {
	s := o.mem.save
	return s.overflow || len(s.burnt) >= burntPlenty
}

// SaveFilter appends the filter to dst, in the turn in which StepSave was done.
// It must be on the disk before what StepSave gave, whose head it amends.
func (o *Opener) SaveFilter(dst, state []byte) []byte {
	m, le := &o.mem, binary.LittleEndian
	m.save.copied, m.save.overflow = len(m.save.burnt), false
	le.PutUint64(state[len(stateMagic)+4:], m.filter.held)
	dst = le.AppendUint64(dst, m.filter.held)
	for _, w := range m.filter.bits {
		dst = le.AppendUint64(dst, w)
	}
	return dst
}

// Saved ends a save: filter says whether one was in it, ok that all of it is on
// the disk. What failed is wanted again.
func (o *Opener) Saved(filter []byte, ok bool) {
	s := o.mem.save
	switch {
	case !ok:
		s.need = max(s.need, NeedSave)
	case len(filter) > 0:
		s.held = leUint64(filter)
		s.burnt = append(s.burnt[:0], s.burnt[s.copied:]...)
	}
	s.copied = 0
}
