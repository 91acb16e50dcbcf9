package ring

// Put copies *v into the ring, where the consumer does not see it before it is
// published. It returns false, and copies nothing, when every slot is in use.
// Producer only.
func (r *Ring[T]) Put(v *T) bool {
	if r.full() {
		return false
	}
	r.slots[r.next/step&r.mask] = *v
	r.next += step
	return true
}

// Publish shows the consumer all that was put. Producer only.
func (r *Ring[T]) Publish() {
	if r.tail.Load() != r.next { // a load is cheap, a store is not
		r.tail.Store(r.next)
	}
}

// Used is Len as the producer knows it: with what is not published yet. It can
// only be too high. Producer only.
func (r *Ring[T]) Used() int { return int((r.next - r.head.Load()&^held) / step) }

// full looks at the shared head only when the copy of it says full.
func (r *Ring[T]) full() bool {
	size := (r.mask + 1) * step
	if r.next-r.headIn < size {
		return false
	}
	r.headIn = r.head.Load() &^ held
	return r.next-r.headIn >= size
}

// Reclaim publishes, drops up to n of the oldest unread values and returns how
// many it dropped: 0 when nothing is unread or the consumer holds a claim. It
// does not try twice, for then the consumer is at work and slots come free by
// themselves. Producer only.
func (r *Ring[T]) Reclaim(n int) int {
	r.Publish()
	head := r.head.Load()
	if n < 1 || head&held != 0 {
		return 0
	}
	n = min(n, int((r.next-head)/step))
	if !r.head.CompareAndSwap(head, head+uint32(n)*step) {
		return 0 // the consumer claimed first
	}
	return n
}

// Unused returns all slots if nothing is in the ring, else nil. Until its next
// Put the producer may do with them what it likes. Producer only.
func (r *Ring[T]) Unused() []T {
	if r.head.Load()&^held != r.next {
		return nil
	}
	return r.slots // a consumer that holds a claim now holds an empty one
}
