package recovery

import "math/bits"

// index finds the slot of a key: buckets of slots that are chained through the
// slots themselves, at least as many buckets as slots.
type index struct {
	buckets []uint32 // the first slot plus one, or 0
	seed    uint32
}

func newIndex(capacity int, seed uint32) index {
	return index{buckets: make([]uint32, 1<<bits.Len(uint(capacity-1))), seed: seed}
}

// bucket mixes with 32-bit multiplications only, which ARMv5 has too.
func (x *index) bucket(k Key) *uint32 {
	h := (k.PID ^ x.seed) * 0x9e3779b1
	h ^= h>>15 ^ uint32(k.Source)*0x85ebca6b
	h = (h ^ h>>13) * 0xc2b2ae35
	return &x.buckets[(h^h>>16)&uint32(len(x.buckets)-1)]
}

func (t *Table) find(k Key) (i uint32, ok bool) {
	for i = *t.index.bucket(k) - 1; i != none; i = t.slots[i].chain {
		if s := &t.slots[i]; s.pid == k.PID && s.source == k.Source {
			return i, true
		}
	}
	return none, false
}

// enter adds slot i, whose key is not there yet.
func (t *Table) enter(i uint32) {
	b := t.index.bucket(t.slots[i].key())
	t.slots[i].chain = *b - 1
	*b = i + 1
}

// strike takes slot i out.
func (t *Table) strike(i uint32) {
	b := t.index.bucket(t.slots[i].key())
	if *b == i+1 {
		*b = t.slots[i].chain + 1
		return
	}
	before := *b - 1
	for t.slots[before].chain != i {
		before = t.slots[before].chain
	}
	t.slots[before].chain = t.slots[i].chain
}
