package watch

import "math/bits"

// index finds the slot of a key: open addressing with linear probing, at most
// half full. A cell is 0 or the slot plus one in its low 17 bits, with the top
// of the hash above them, so that a probe seldom has to look at the slot.
// Removal shifts back what follows, which leaves no tombstones to age.
type index struct {
	cells []uint32
	seed  uint32
}

const cellBits = 17 // MaxCapacity needs 65,537 values

func newIndex(capacity int, seed uint32) index {
	return index{cells: make([]uint32, 1<<bits.Len(uint(2*capacity-1))), seed: seed}
}

// hash mixes with 32-bit multiplications only, which ARMv5 has too. The low
// bits choose the cell and the high bits are the tag: both depend on every bit
// of the key, so pids in sequence or in steps of a power of two spread alike.
func (x *index) hash(source uint16, pid uint32) uint32 {
	h := pid ^ x.seed ^ uint32(source)*0x9e3779b1
	h = (h ^ h>>16) * 0x7feb352d
	h = (h ^ h>>15) * 0x846ca68b
	return h ^ h>>16
}

// find returns the slot that holds the key whose hash is h.
func (x *index) find(slots []Agent, h uint32, source uint16, pid uint32) (slot uint32, ok bool) {
	mask := uint32(len(x.cells) - 1)
	for p := h & mask; x.cells[p] != 0; p = (p + 1) & mask {
		if (x.cells[p]^h)>>cellBits != 0 {
			continue
		}
		slot = x.cells[p]&(1<<cellBits-1) - 1
		if a := &slots[slot]; a.pid == pid && a.source == source {
			return slot, true
		}
	}
	return 0, false
}

// insert adds slot under h; its key must not be there yet.
func (x *index) insert(h, slot uint32) {
	mask := uint32(len(x.cells) - 1)
	p := h & mask
	for x.cells[p] != 0 {
		p = (p + 1) & mask
	}
	x.cells[p] = h>>cellBits<<cellBits | (slot + 1)
}

// remove takes slot out; its key must still stand in slots.
func (x *index) remove(slots []Agent, slot uint32) {
	mask := uint32(len(x.cells) - 1)
	hole := x.hash(slots[slot].source, slots[slot].pid) & mask
	for x.cells[hole]&(1<<cellBits-1) != slot+1 {
		hole = (hole + 1) & mask
	}
	for p := (hole + 1) & mask; x.cells[p] != 0; p = (p + 1) & mask {
		a := &slots[x.cells[p]&(1<<cellBits-1)-1]
		home := x.hash(a.source, a.pid) & mask
		if (p-home)&mask >= (p-hole)&mask { // the hole lies on its probe path
			x.cells[hole] = x.cells[p]
			hole = p
		}
	}
	x.cells[hole] = 0
}
