package trust

import (
	"math/rand/v2"
	"testing"
)

// Keys of one pid on two sources whose tags and cells are the same.
func TestIndexComparesWholeKeys(t *testing.T) {
	r := newRig(t, Config{Seed: 5})
	r.born(10, inside)
	mask := uint32(len(r.index.cells) - 1)
	met := map[uint32]uint16{}
	for s := range 1 << 16 {
		h := r.index.hash(uint16(s), 10)
		like := h>>cellBits<<cellBits | h&mask
		other, ok := met[like]
		met[like] = uint16(s)
		if !ok {
			continue
		}
		for _, source := range []uint16{other, uint16(s)} {
			if got := r.Judge(0, source, 10, true); got != First {
				t.Fatalf("sources %d and %d: ruling %d on %d, want First", other, s, got, source)
			}
		}
		return
	}
	t.Fatal("no two such keys")
}

// Entries come and go in a table that is as full as it can be, with few bits
// of hash to tell cells apart.
func TestIndexFinds(t *testing.T) {
	const entries = 64
	p := &Processes{procs: make([]process, entries), index: newIndex(entries, 3)}
	rnd, in := rand.New(rand.NewPCG(1, 2)), [entries]bool{}
	for range 100_000 {
		i := uint32(rnd.IntN(entries))
		if in[i] = !in[i]; in[i] {
			p.procs[i] = process{pid: rnd.Uint32()<<6 | i, source: uint16(i % 3)}
			p.index.insert(p.index.hash(p.procs[i].source, p.procs[i].pid), i)
		} else {
			p.index.remove(p.procs, i)
		}
		for j := range uint32(entries) {
			got, ok := p.find(p.procs[j].source, p.procs[j].pid)
			if ok != in[j] || ok && got != j {
				t.Fatalf("entry %d is found at %d, %v; it is in: %v", j, got, ok, in[j])
			}
		}
	}
}
