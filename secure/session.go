package secure

// sessions are those of one sender that are known exactly, the one heard last
// in front.
type sessions struct {
	pacedNS  int64  // when one had to make room
	newest   uint64 // prefix of the one that began last
	n        int32
	beats    uint32           // accepted since the last save
	ceil     uint32           // what was then saved as ctr of the newest; 0: nothing yet
	mark     uint32           // ctr from which on it is to be saved again
	counters [Sessions]uint32 // the highest of each
	prefixes [Sessions]uint64
}

// judge looks for the session of a frame. If it is known, old is true, and the
// verdict stands.
func (s *sessions) judge(prefix uint64, ctr uint32) (v Verdict, as Session, old bool) {
	for i := range s.prefixes[:s.n] {
		if s.prefixes[i] != prefix {
			continue
		}
		if ctr <= s.counters[i] {
			return Replayed, Current, true
		}
		if i > 0 {
			copy(s.prefixes[1:i+1], s.prefixes[:i])
			copy(s.counters[1:i+1], s.counters[:i])
		}
		s.prefixes[0], s.counters[0] = prefix, ctr
		if prefix != s.newest {
			as = Earlier
		}
		return Opened, as, true
	}
	return Opened, Fresh, false
}

// begin puts a new session in front; there must be room.
//
// last says that it is that of a panic frame, behind which it has no other. The
// process may live on, in the session it had.
func (s *sessions) begin(prefix uint64, ctr uint32, last bool) {
	copy(s.prefixes[1:s.n+1], s.prefixes[:s.n])
	copy(s.counters[1:s.n+1], s.counters[:s.n])
	s.prefixes[0], s.counters[0] = prefix, ctr
	if s.n == 0 || !last {
		s.newest = prefix
		s.beats, s.ceil, s.mark = 0, 0, 0
	}
	s.n++
}

// drop removes the session that was heard longest ago and returns its prefix.
func (s *sessions) drop() uint64 {
	s.n--
	return s.prefixes[s.n]
}
