// Package ring hands values from one goroutine to one other without locks,
// waiting or allocation, and lets the sender take back what was not read yet.
//
// Exactly one goroutine, the producer, calls Put, Publish, Used,
// Unused and Reclaim; exactly one, the consumer, calls Claim and Release. Len
// and Cap are for anybody.
//
// Two marks say who owns a slot. Both count values, wrap at will and are
// compared by subtraction only:
//
//	        head                      tail
//	 free    |  claimed  |   unread    |    free
//	---------+-----------+-------------+----------
//	producer |  consumer | see below   | producer
//
// tail is written by the producer alone. Storing it publishes the slots below
// it; a store that others must see is dear, so one may serve many values.
// head is the oldest value not yet given back, and its lowest bit says
// that the consumer holds a claim. While the bit is set nobody but the
// consumer may move head: it owns the claimed slots until Release stores the
// new head with the bit clear. While it is clear the unread slots belong to
// whoever changes head first: the consumer by setting the bit (an atomic
// add), the producer by moving head forward (a compare-and-swap, in Reclaim).
// The loser sees that head changed. So a value is either read or reclaimed,
// never both, and a claimed slot is never written to.
//
// Neither mark is trusted from memory where that could go wrong: the consumer
// reads tail only after its bit stopped head, and the producer's copy of head
// can only be too old, which makes the ring look fuller than it is. Wrapping
// is therefore harmless however long either side sleeps.
//
// A full ring refuses; it never waits and never overwrites. What to drop, and
// how to count it, is the caller's business. Slots are not cleared, so values
// with pointers keep their referents alive until the slot is used again.
package ring

import "sync/atomic"

const (
	held = 1 // the bit of head that says the consumer holds a claim
	step = 2 // one value, in the unit of head and tail

	maxCapacity = 1 << 30 // so that a full ring spans at most half of a mark's range

	// linePad keeps the two sides apart: 64-byte lines, fetched in pairs on amd64.
	linePad = 128
)

// Ring is a bounded queue from one goroutine to another; see the package comment.
type Ring[T any] struct {
	slots []T
	mask  uint32
	_     [linePad]byte

	tail   atomic.Uint32
	next   uint32 // producer's tail: what is below it and not below tail is not published yet
	headIn uint32 // producer's copy of head, without the bit
	_      [linePad]byte

	head  atomic.Uint32
	taken uint32 // consumer's: values claimed, in steps; 0 when it holds no claim
	_     [linePad]byte
}

// New returns an empty ring for capacity values, rounded up to a power of two.
// It panics if capacity is below 1 or above 1<<30.
func New[T any](capacity int) *Ring[T] { return newAt[T](capacity, 0) }

// newAt is New for a ring through which first values have already gone.
func newAt[T any](capacity int, first uint32) *Ring[T] {
	if capacity < 1 || capacity > maxCapacity {
		panic("ring: capacity must be 1 to 1<<30")
	}
	size := 1
	for size < capacity {
		size *= 2
	}
	r := &Ring[T]{slots: make([]T, size), mask: uint32(size - 1), next: first * step, headIn: first * step}
	r.tail.Store(first * step)
	r.head.Store(first * step)
	return r
}

// Cap returns the number of slots.
func (r *Ring[T]) Cap() int { return len(r.slots) }

// Len returns how many slots were in use a moment ago, claimed ones included
// and those put but not published excluded.
func (r *Ring[T]) Len() int {
	head := r.head.Load() &^ held // before tail, so that the difference is not negative
	n := int((r.tail.Load() - head) / step)
	return min(n, len(r.slots)) // head may have moved on between the two
}
