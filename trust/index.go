package trust

import "math/bits"

// index finds the entry of a key, in the way package watch does: open
// addressing with linear probing, at most half full, the top of the hash beside
// the entry's number so that a probe seldom meets another's entry, and removal
// that shifts back what follows.
type index struct {
	cells []uint32
	seed  uint32
}

const cellBits = 17 // MaxCapacity and its spare entries stay below 2^17

func newIndex(entries int, seed uint32) index {
	return index{cells: make([]uint32, 1<<bits.Len(uint(2*entries-1))), seed: seed}
}

func (x *index) hash(source uint16, pid uint32) uint32 {
	h := pid ^ x.seed ^ uint32(source)*0x9e3779b1
	h = (h ^ h>>16) * 0x7feb352d
	h = (h ^ h>>15) * 0x846ca68b
	return h ^ h>>16
}

// find returns the entry of the key.
func (t *Processes) find(source uint16, pid uint32) (i uint32, ok bool) {
	x := &t.index
	h := x.hash(source, pid)
	mask := uint32(len(x.cells) - 1)
	for c := h & mask; x.cells[c] != 0; c = (c + 1) & mask {
		if (x.cells[c]^h)>>cellBits != 0 {
			continue
		}
		i = x.cells[c]&(1<<cellBits-1) - 1
		if p := &t.procs[i]; p.pid == pid && p.source == source {
			return i, true
		}
	}
	return 0, false
}

// insert adds entry i under h; its key must not be there yet.
func (x *index) insert(h, i uint32) {
	mask := uint32(len(x.cells) - 1)
	c := h & mask
	for x.cells[c] != 0 {
		c = (c + 1) & mask
	}
	x.cells[c] = h>>cellBits<<cellBits | (i + 1)
}

// remove takes entry i out; its key must still stand in procs.
func (x *index) remove(procs []process, i uint32) {
	mask := uint32(len(x.cells) - 1)
	hole := x.hash(procs[i].source, procs[i].pid) & mask
	for x.cells[hole]&(1<<cellBits-1) != i+1 {
		hole = (hole + 1) & mask
	}
	for c := (hole + 1) & mask; x.cells[c] != 0; c = (c + 1) & mask {
		p := &procs[x.cells[c]&(1<<cellBits-1)-1]
		home := x.hash(p.source, p.pid) & mask
		if (c-home)&mask >= (c-hole)&mask { // the hole lies on its probe path
			x.cells[hole] = x.cells[c]
			hole = c
		}
	}
	x.cells[hole] = 0
}
