package secure

// hash spreads identities over the index and the parts of the filter.
func (who identity) hash() uint64 { return mix(who.key ^ mix(uint64(who.pid))) }

// mix is the finalizer of MurmurHash3: every bit of the result depends on
// every bit of x, and different x have different results.
func mix(x uint64) uint64 {
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

// insert adds slot, whose identity is not in the index yet.
func (m *memory) insert(slot int) {
	mask := uint32(len(m.cells) - 1)
	p := uint32(m.slots[slot].hash()) & mask
	for m.cells[p] != 0 {
		p = (p + 1) & mask
	}
	m.cells[p] = uint32(slot + 1)
}

// remove takes slot out; its identity must still stand in it. What follows is
// moved back, which leaves no tombstones.
func (m *memory) remove(slot int) {
	mask := uint32(len(m.cells) - 1)
	hole := uint32(m.slots[slot].hash()) & mask
	for m.cells[hole] != uint32(slot+1) {
		hole = (hole + 1) & mask
	}
	for p := (hole + 1) & mask; m.cells[p] != 0; p = (p + 1) & mask {
		home := uint32(m.slots[m.cells[p]-1].hash()) & mask
		if (p-home)&mask >= (p-hole)&mask { // the hole lies on its way
			m.cells[hole] = m.cells[p]
			hole = p
		}
	}
	m.cells[hole] = 0
}
