package ring

// Push copies *v into the ring. It returns false, and copies nothing, when
// every slot is in use. Producer only.
func (r *Ring[T]) Push(v *T) bool {
	tail := r.tail.Load()
	if r.full(tail) {
		return false
	}
	r.slots[tail/step&r.mask] = *v
	r.tail.Store(tail + step)
	return true
}

// full looks at the shared head only when the copy of it says full.
func (r *Ring[T]) full(tail uint32) bool {
	size := (r.mask + 1) * step
	if tail-r.headIn < size {
		return false
	}
	r.headIn = r.head.Load() &^ held
	return tail-r.headIn >= size
}

// Reclaim drops up to n of the oldest unread values and returns how many it
// dropped: 0 when nothing is unread or the consumer holds a claim. It does not
// try twice, for then the consumer is at work and slots come free by
// themselves. Producer only.
func (r *Ring[T]) Reclaim(n int) int {
	head := r.head.Load()
	if n < 1 || head&held != 0 {
		return 0
	}
	n = min(n, int((r.tail.Load()-head)/step))
	if !r.head.CompareAndSwap(head, head+uint32(n)*step) {
		return 0 // the consumer claimed first
	}
	return n
}
