package secure

import (
	"encoding/binary"
	"strconv"
	"time"
)

const (
	// Sessions is how many sessions of a sender are known exactly.
	Sessions = 64

	// MaxSenders keeps a slot's number in the cells of the index.
	MaxSenders = 1 << 16

	defaultSenders     = 1024 // as many as the original remembers addresses
	defaultFilterBytes = 1 << 20

	paceNS   = int64(10 * time.Minute)
	retireNS = int64(24 * time.Hour)
	longAgo  = -1 << 62
)

// Config is how much is remembered; 0 stands for the default.
type Config struct {
	Senders     int // (key, pid) pairs: 1024, at most 65,536; 900 bytes each
	FilterBytes int // 1 MiB; a power of two of at least 4096
}

// identity is whose frames share a memory: who seals and who it says it is.
type identity struct {
	key uint64 // Keys' id of it
	pid uint32
}

// sender is what is known of an identity.
type sender struct {
	identity
	sessions
	box     box // the agent's own key, if derived
	derived bool
	orphan  bool   // its key is not loaded
	order   uint64 // of its newest session among all that began; 0: none but a panic frame's
}

// memory is all senders, and the filter for what does not fit.
type memory struct {
	slots  []sender // [:used] are in use
	heard  []int64  // when each was heard last, ns; apart, so that a search is short
	used   int
	cells  []uint32 // open addressing, half full at most: a slot plus one, or 0
	filter filter
	fullNS int64 // before it nobody can be retired
	order  uint64
	save   *saving // nil: it is not kept
}

func (m *memory) init(c Config) {
	if c.Senders == 0 {
		c.Senders = defaultSenders
	}
	if c.FilterBytes == 0 {
		c.FilterBytes = defaultFilterBytes
	}
	if c.Senders < 1 || c.Senders > MaxSenders {
		panic("secure: " + strconv.Itoa(c.Senders) + " senders")
	}
	size := 2
	for size < 2*c.Senders {
		size *= 2
	}
	m.slots = make([]sender, c.Senders)
	m.heard = make([]int64, c.Senders)
	m.cells = make([]uint32, size)
	m.filter.init(c.FilterBytes)
	m.fullNS = longAgo
}

// find returns the sender's slot.
func (m *memory) find(who identity) (slot int, ok bool) {
	mask := uint32(len(m.cells) - 1)
	for p := uint32(who.hash()) & mask; m.cells[p] != 0; p = (p + 1) & mask {
		slot = int(m.cells[p] - 1)
		if m.slots[slot].identity == who {
			return slot, true
		}
	}
	return 0, false
}

// admit judges an opened frame by its nonce. known and slot are what find said.
func (m *memory) admit(o *Opener, who identity, slot int, known, last bool, sealed *[SharedSize]byte) (Verdict, Session) {
	prefix := binary.LittleEndian.Uint64(sealed[:])
	ctr := binary.LittleEndian.Uint32(sealed[8:])
	if known {
		if v, s, old := m.slots[slot].judge(prefix, ctr); old {
			if v == Opened {
				m.heard[slot] = o.now
				m.touched(&m.slots[slot], prefix, ctr)
				if s == Current && m.followed(o.keys, slot) {
					s = Earlier
				}
			}
			return v, s
		}
	}
	if m.filter.has(who, prefix) {
		return Replayed, Current
	}
	if !known {
		if slot = m.place(o.now, who); slot < 0 {
			return TableFull, Current
		}
		m.slots[slot].adopt(&o.scratch, who.key == o.keys.masterID())
	}
	if !m.makeRoom(slot, o.now) {
		return TableFull, Current
	}
	m.slots[slot].begin(prefix, ctr, last)
	if !last {
		m.order++
		m.slots[slot].order = m.order
	}
	m.heard[slot] = o.now
	if m.save != nil {
		m.save.need = NeedSaveNow
	}
	return Opened, Fresh
}

// followed reports whether the agent has begun a session under another key
// since: keys are changed with both loaded for a while, and a late frame under
// the old one says nothing about the new session.
func (m *memory) followed(k *Keys, slot int) bool {
	s := &m.slots[slot]
	later := func(key uint64) bool {
		other, ok := m.find(identity{key, s.pid})
		return ok && m.slots[other].order > s.order
	}
	for i := range k.shared {
		if k.shared[i].id != s.key && later(k.shared[i].id) {
			return true
		}
	}
	return k.master != nil && k.master.id != s.key && later(k.master.id)
}

// makeRoom sees to it that the sender can begin a session, if it may.
func (m *memory) makeRoom(slot int, now int64) bool {
	s := &m.slots[slot]
	if s.n < Sessions {
		return true
	}
	if now-s.pacedNS < paceNS {
		return false
	}
	s.pacedNS = now
	m.burn(s.identity, s.drop())
	return true
}

// adopt takes over the key that opened a new sender's first frame.
func (s *sender) adopt(scratch *box, derived bool) {
	if s.derived = derived; derived {
		s.box, *scratch = *scratch, s.box
	}
}

// place finds a slot for a new sender, or returns -1.
func (m *memory) place(now int64, who identity) int {
	slot := m.used
	if slot < len(m.slots) {
		m.used++
	} else if slot = m.retire(now); slot < 0 {
		return -1
	}
	s := &m.slots[slot]
	s.identity, s.orphan = who, false
	s.n, s.pacedNS, s.order = 0, longAgo, 0
	s.beats, s.ceil, s.mark = 0, 0, 0
	m.heard[slot] = now
	m.insert(slot)
	return slot
}

// retire empties the slot of the sender that was not heard for longest and
// returns it, or -1 if even that one may come back. A search in vain tells for
// how long others will be.
func (m *memory) retire(now int64) int {
	if now < m.fullNS {
		return -1
	}
	oldest := 0
	for i, at := range m.heard {
		if at < m.heard[oldest] {
			oldest = i
		}
	}
	if due := m.heard[oldest] + retireNS; now < due {
		m.fullNS = due
		return -1
	}
	m.remove(oldest)
	s := &m.slots[oldest]
	for s.n > 0 {
		m.burn(s.identity, s.drop())
	}
	s.box.wipe()
	s.derived = false
	return oldest
}

// keysChanged looks which senders still have a key. Those without count as
// never heard, which makes them the first to go.
func (m *memory) keysChanged(k *Keys, now int64) {
	m.fullNS = longAgo
	for i := range m.slots[:m.used] {
		s := &m.slots[i]
		if s.derived && s.key != k.masterID() {
			s.box.wipe()
			s.derived = false
		}
		if orphan := !k.has(s.key); orphan != s.orphan {
			s.orphan = orphan
			m.heard[i] = now
			if orphan {
				m.heard[i] = longAgo
			}
		}
	}
}
