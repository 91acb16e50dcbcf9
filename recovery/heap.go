package recovery

// heap is a binary heap of slots: the soonest first, and of equals who came
// first. A slot knows its place, so that it can leave from anywhere.
type heap []uint32

// before reports whether slot a is due before slot b. The order may wrap:
// equals never lie 2^31 entries apart.
func (t *Table) before(a, b uint32) bool {
	x, y := &t.slots[a], &t.slots[b]
	if x.dueNS != y.dueNS {
		return x.dueNS < y.dueNS
	}
	return int32(x.order-y.order) < 0
}

// push adds slot i, due at dueNS. There is room for every slot.
func (t *Table) push(h *heap, i uint32, dueNS int64) {
	s := &t.slots[i]
	s.dueNS, s.order = dueNS, t.order
	t.order++
	*h = append(*h, i)
	t.rise(*h, uint32(len(*h)-1), i)
}

// pull takes slot i out.
func (t *Table) pull(h *heap, i uint32) {
	at, last := t.slots[i].prev, (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	if last == i {
		return
	}
	if at > 0 && t.before(last, (*h)[(at-1)/2]) {
		t.rise(*h, at, last)
	} else {
		t.fall(*h, at, last)
	}
}

// rise puts slot i at the given place or nearer to the top.
func (t *Table) rise(h heap, at, i uint32) {
	for at > 0 {
		up := (at - 1) / 2
		if !t.before(i, h[up]) {
			break
		}
		t.place(h, at, h[up])
		at = up
	}
	t.place(h, at, i)
}

// fall puts slot i at the given place or further from the top.
func (t *Table) fall(h heap, at, i uint32) {
	for {
		down := 2*at + 1
		if down >= uint32(len(h)) {
			break
		}
		if right := down + 1; right < uint32(len(h)) && t.before(h[right], h[down]) {
			down = right
		}
		if !t.before(h[down], i) {
			break
		}
		t.place(h, at, h[down])
		at = down
	}
	t.place(h, at, i)
}

func (t *Table) place(h heap, at, i uint32) {
	h[at] = i
	t.slots[i].prev = at
}
