package watch

import (
	"math/rand/v2"
	"testing"
)

// patterns make the n-th key of a series that a weak hash would pile up.
var patterns = map[string]func(n uint32) (source uint16, pid uint32){
	"sequential":      func(n uint32) (uint16, uint32) { return 0, n + 2 },
	"by source":       func(n uint32) (uint16, uint32) { return uint16(n), 7 },
	"32 lines":        func(n uint32) (uint16, uint32) { return uint16(n & 31), n>>5 + 2 },
	"multiples of 64": func(n uint32) (uint16, uint32) { return 0, n << 6 },
	"multiples of 4K": func(n uint32) (uint16, uint32) { return 0, n << 12 },
	"multiples of 64K": func(n uint32) (uint16, uint32) {
		return 0, n << 16
	},
	"bit reversed":  func(n uint32) (uint16, uint32) { return 0, n<<24 | n>>8<<16 },
	"diagonal":      func(n uint32) (uint16, uint32) { return uint16(n), n },
	"anti-diagonal": func(n uint32) (uint16, uint32) { return uint16(n), -n },
}

// filled is an index over n agents of a pattern.
func filled(n int, seed uint32, id func(uint32) (uint16, uint32)) (index, []Agent) {
	x, slots := newIndex(n, seed), make([]Agent, n)
	for i := range slots {
		slots[i].source, slots[i].pid = id(uint32(i))
		x.insert(x.hash(slots[i].source, slots[i].pid), uint32(i))
	}
	return x, slots
}

// meanProbes is how many cells a successful search reads, on average.
func meanProbes(x *index, slots []Agent) float64 {
	mask, sum := uint32(len(x.cells)-1), 0
	for p, cell := range x.cells {
		if cell != 0 {
			a := &slots[cell&(1<<cellBits-1)-1]
			sum += int((uint32(p)-x.hash(a.source, a.pid))&mask) + 1
		}
	}
	return float64(sum) / float64(len(slots))
}

// At half load linear probing of random keys reads 1.5 cells.
func TestPatternsSpread(t *testing.T) {
	for name, id := range patterns {
		for _, seed := range []uint32{0, 1, 0xdeadbeef} {
			x, slots := filled(MaxCapacity, seed, id)
			if mean := meanProbes(&x, slots); mean > 1.6 {
				t.Errorf("%s, seed %#x: %.2f cells a search", name, seed, mean)
			}
		}
	}
}

// pids that collide under one seed do not under another.
func TestSeedDisarmsChosenPids(t *testing.T) {
	x := newIndex(1024, 0)
	var chosen []uint32
	for pid := uint32(0); len(chosen) < 1024; pid++ {
		if x.hash(0, pid)&2047 == 5 {
			chosen = append(chosen, pid)
		}
	}
	id := func(n uint32) (uint16, uint32) { return 0, chosen[n] }
	known, slots := filled(1024, 0, id)
	if mean := meanProbes(&known, slots); mean < 500 {
		t.Fatalf("%.2f cells a search: the pids do not collide, so this shows nothing", mean)
	}
	unknown, slots := filled(1024, 0x1badcafe, id)
	if mean := meanProbes(&unknown, slots); mean > 1.7 {
		t.Errorf("%.2f cells a search under another seed", mean)
	}
}

// Removal leaves every other key findable and no cell behind.
func TestRemove(t *testing.T) {
	for _, n := range []int{1, 2, 3, 64, 1000} {
		x, slots := filled(n, 3, patterns["sequential"])
		gone := make([]bool, n)
		for _, victim := range rand.New(rand.NewPCG(5, uint64(n))).Perm(n) {
			x.remove(slots, uint32(victim))
			gone[victim] = true
			for i := range slots {
				a := &slots[i]
				got, ok := x.find(slots, x.hash(a.source, a.pid), a.source, a.pid)
				if ok == gone[i] || ok && got != uint32(i) {
					t.Fatalf("%d agents, %d removed: slot %d found %v at %d", n, victim, i, ok, got)
				}
			}
		}
		for p, cell := range x.cells {
			if cell != 0 {
				t.Fatalf("%d agents, all removed: cell %d holds %#x", n, p, cell)
			}
		}
	}
}

func TestIndexIsHalfEmpty(t *testing.T) {
	for _, capacity := range []int{1, 2, 3, 4, 255, 256, 257, 65535, MaxCapacity} {
		cells := len(newIndex(capacity, 0).cells)
		if cells < 2*capacity || cells >= 4*capacity || cells&(cells-1) != 0 {
			t.Errorf("%d cells for %d agents", cells, capacity)
		}
	}
}
