package ring

// Claim returns up to limit of the oldest values, as one span, or as two where
// they run over the end of the ring: all of a comes before all of b. The spans
// may be read and written until Release; both are empty when nothing is unread.
// A claim that returned values must be released before the next; Claim panics
// otherwise. Consumer only.
func (r *Ring[T]) Claim(limit int) (a, b []T) {
	if r.taken != 0 {
		panic("ring: Claim before Release")
	}
	if limit < 1 || r.Len() == 0 {
		return nil, nil
	}
	head := r.head.Add(held) &^ held // from here head stands still; tail is read after it
	n := min(uint32(min(limit, maxCapacity)), (r.tail.Load()-head)/step)
	if n == 0 {
		r.head.Store(head) // all reclaimed since Len
		return nil, nil
	}
	r.taken = n * step
	from := head / step & r.mask
	if end := from + n; end <= uint32(len(r.slots)) {
		return r.slots[from:end], nil
	}
	first := uint32(len(r.slots)) - from
	return r.slots[from:], r.slots[:n-first]
}

// Release gives the slots of the last Claim back to the producer; the spans
// must not be used any more. Without a claim it does nothing. Consumer only.
func (r *Ring[T]) Release() {
	if r.taken == 0 {
		return
	}
	r.head.Store(r.head.Load()&^held + r.taken)
	r.taken = 0
}
