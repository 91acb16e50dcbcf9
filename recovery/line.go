package recovery

import "math"

const never = math.MaxInt64

// line is a source, and those of its agents that are refused while it cannot be
// heard. After it came up they stay in the list until they are judged anew, so
// that to come up costs the same however many they are.
type line struct {
	parked  list
	count   int   // of parked
	heardNS int64 // from when on it can be heard; never while down
}

// LineDown says that the source cannot be heard: what would be started for its
// agents is refused until LineUp. Sources begin up.
func (t *Table) LineDown(source uint16) {
	l := &t.lines[source]
	if l.heardNS != never {
		t.returning -= l.count
		l.heardNS = never
	}
}

// LineUp says that the source can be heard again from the given time on. Then
// its agents that were refused are judged anew; until then it counts as down.
// That time may be now, but a device that is well needs up to its threshold to
// be heard, and is silent before only because the line was down: better is now
// and the threshold.
func (t *Table) LineUp(source uint16, from int64) {
	l := &t.lines[source]
	if l.heardNS == never {
		t.returning += l.count
		l.heardNS = from
	}
}

// deaf reports whether the source of s cannot be heard at now.
func (t *Table) deaf(s *slot, now int64) bool { return now < t.lines[s.source].heardNS }

// park puts slot i aside until its line is up.
func (t *Table) park(i uint32) {
	s := &t.slots[i]
	l := &t.lines[s.source]
	s.state = parked
	t.add(&l.parked, i)
	l.count++
	if l.heardNS != never {
		t.returning++
	}
}

// unpark takes slot i out of its line's list.
func (t *Table) unpark(i uint32) {
	l := &t.lines[t.slots[i].source]
	t.unlink(&l.parked, i)
	l.count--
	if l.heardNS != never {
		t.returning--
	}
}

// soonestLine is the first agent to be judged anew, and when. It looks at
// every source, but only while lines that came up have agents left.
func (t *Table) soonestLine() (i uint32, at int64) {
	i, at = none, never
	if t.returning == 0 {
		return i, at
	}
	for n := range t.lines {
		if l := &t.lines[n]; l.count > 0 && l.heardNS < at {
			i, at = l.parked.head, l.heardNS
		}
	}
	return i, at
}
