package recovery

import "testing"

// sound checks that every slot is in the one place its state says, and that
// every place holds what it should.
func sound(t *testing.T, table *Table) {
	t.Helper()
	states := map[state]int{}
	for i := range table.slots {
		s := &table.slots[i]
		states[s.state]++
		got, ok := table.find(s.key())
		if s.state != unused && (!ok || got != uint32(i)) {
			t.Fatalf("slot %d of %v: found %v at %d", i, s.key(), ok, got)
		}
		silent := s.state == scheduled || s.state == waiting || s.state == parked || s.state == spent
		if silent != s.is(isSilent) && s.state != unused && !s.hasChild() {
			t.Fatalf("slot %d: state %d, marks %b", i, s.state, s.marks)
		}
	}
	free := 0
	for i := table.free; i != none; i = table.slots[i].next {
		free++
	}
	parkedCount, returning := 0, 0
	for n := range table.lines {
		l := &table.lines[n]
		count := listed(t, table, &l.parked, parked)
		if count != l.count {
			t.Fatalf("line %d: %d parked, counted %d", n, count, l.count)
		}
		if parkedCount += count; l.heardNS != never {
			returning += count
		}
	}
	for what, n := range map[string][2]int{
		"free":        {states[unused], free},
		"scheduled":   {states[scheduled], heaped(t, table, table.due, scheduled)},
		"resting":     {states[resting], heaped(t, table, table.debounce, resting)},
		"waiting":     {states[waiting], listed(t, table, &table.waiting, waiting)},
		"parked":      {states[parked], parkedCount},
		"returning":   {table.returning, returning},
		"outstanding": {states[starting] + states[running], table.outstanding},
	} {
		if n[0] != n[1] {
			t.Fatalf("%s: %d by the slots, %d by the table", what, n[0], n[1])
		}
	}
}

func listed(t *testing.T, table *Table, l *list, want state) (n int) {
	before := none
	for i := l.head; i != none; i = table.slots[i].next {
		if s := &table.slots[i]; s.state != want || s.prev != before {
			t.Fatalf("slot %d in the list of %d: %+v", i, want, *s)
		}
		before = i
		n++
	}
	if l.tail != before {
		t.Fatalf("list of %d ends at %d; its tail is %d", want, before, l.tail)
	}
	return n
}

func heaped(t *testing.T, table *Table, h heap, want state) int {
	for at, i := range h {
		s := &table.slots[i]
		if s.state != want || int(s.prev) != at || at > 0 && table.before(i, h[(at-1)/2]) {
			t.Fatalf("slot %d at %d in the heap of %d: %+v", i, at, want, *s)
		}
	}
	return len(h)
}
