package recovery

// list is a FIFO of slots, linked through them.
type list struct {
	head, tail uint32
}

var emptyList = list{head: none, tail: none}

// add appends slot i.
func (t *Table) add(l *list, i uint32) {
	s := &t.slots[i]
	s.prev, s.next = l.tail, none
	if l.tail == none {
		l.head = i
	} else {
		t.slots[l.tail].next = i
	}
	l.tail = i
}

// unlink takes slot i out of l.
func (t *Table) unlink(l *list, i uint32) {
	s := &t.slots[i]
	if s.prev == none {
		l.head = s.next
	} else {
		t.slots[s.prev].next = s.next
	}
	if s.next == none {
		l.tail = s.prev
	} else {
		t.slots[s.next].prev = s.prev
	}
}
