package watch

import "math"

const (
	none  = ^uint32(0)    // no slot
	never = math.MaxInt64 // the deadline of an empty queue
)

// link joins a slot to its neighbours in whichever queue holds it.
type link struct {
	prev, next uint32
}

// queue is a FIFO of slots with one threshold, oldest beat first. Its head's
// deadline is kept beside it, so that looking over all classes touches no slot.
type queue struct {
	thresholdNS int64
	dueNS       int64 // of the head, on the observed clock, or never
	head, tail  uint32
}

func newQueues(thresholds []int64) []queue {
	qs := make([]queue, len(thresholds))
	for i, ns := range thresholds {
		qs[i] = queue{thresholdNS: ns, dueNS: never, head: none, tail: none}
	}
	return qs
}

// lead makes slot i, or nobody, the head.
func (t *Table) lead(q *queue, i uint32) {
	q.head, q.dueNS = i, never
	if i != none {
		q.dueNS = t.slots[i].seenNS + q.thresholdNS
	}
}

// push appends slot i, which is in no queue and has beaten last of all.
func (t *Table) push(q *queue, i uint32) {
	t.links[i] = link{prev: q.tail, next: none}
	if q.tail == none {
		t.lead(q, i)
	} else {
		t.links[q.tail].next = i
	}
	q.tail = i
}

// unlink takes slot i out of q.
func (t *Table) unlink(q *queue, i uint32) {
	at := t.links[i]
	if at.next == none {
		q.tail = at.prev
	} else {
		t.links[at.next].prev = at.prev
	}
	if at.prev == none {
		t.lead(q, at.next)
	} else {
		t.links[at.prev].next = at.next
	}
}

// queueOf is the queue that holds a.
func (t *Table) queueOf(a *Agent) *queue {
	if a.Stalled() {
		return &t.silent[a.class]
	}
	return &t.live[a.class]
}
