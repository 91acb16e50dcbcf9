package trust

const nobody = ^uint32(0)

// link joins an entry to its neighbours in the list of its state.
type link struct {
	prev, next uint32
}

// list is a FIFO of entries, oldest first.
type list struct {
	head, tail uint32
	n          int
}

// push appends entry i, which is in no list.
func (t *Processes) push(l *list, i uint32) {
	t.links[i] = link{prev: l.tail, next: nobody}
	if l.tail == nobody {
		l.head = i
	} else {
		t.links[l.tail].next = i
	}
	l.tail = i
	l.n++
}

// unlink takes entry i out of l.
func (t *Processes) unlink(l *list, i uint32) {
	at := t.links[i]
	if at.prev == nobody {
		l.head = at.next
	} else {
		t.links[at.prev].next = at.next
	}
	if at.next == nobody {
		l.tail = at.prev
	} else {
		t.links[at.next].prev = at.prev
	}
	l.n--
}

// move gives entry i another state, and the last place in its list.
func (t *Processes) move(i uint32, to state) {
	p := &t.procs[i]
	t.unlink(&t.lists[p.state], i)
	p.state = to
	t.push(&t.lists[to], i)
}
