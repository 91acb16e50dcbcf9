package secure

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// strain is the probability that a new session of the sender is taken for an
// old one, by the bits that are set in its part.
func (f *filter) strain(who identity) float64 {
	set, words := 0, f.partOf(who)
	for _, w := range words {
		set += bits.OnesCount64(w)
	}
	return math.Pow(float64(set)/float64(64*len(words)), hashes)
}

// The package comment has the probabilities of a filter of the usual size.
func TestStrain(t *testing.T) {
	var f filter
	f.init(defaultFilterBytes)
	who := identity{5, 6}
	rnd := rand.New(rand.NewPCG(1, 2))
	added := 0
	for _, c := range []struct {
		n         int
		low, high float64
	}{
		{1000, 1e-10, 3e-10}, {3000, 5e-7, 8e-7}, {6000, 7e-5, 9e-5}, {12000, .004, .006}, {25000, .13, .15}, {50000, .66, .70},
	} {
		for ; added < c.n; added++ {
			f.add(who, rnd.Uint64())
		}
		if p := f.strain(who); p < c.low || p > c.high {
			t.Errorf("%d sessions: %g, want %g to %g", c.n, p, c.low, c.high)
		}
	}
	wrong := 0
	const tries = 20000
	for range tries {
		if f.has(who, rnd.Uint64()) {
			wrong++
		}
	}
	if p, want := float64(wrong)/tries, f.strain(who); p < want-.03 || p > want+.03 {
		t.Errorf("%g of new sessions are taken for old ones, strain says %g", p, want)
	}
}

// Whoever is in another part does not notice.
func TestPartsAreApart(t *testing.T) {
	var f filter
	f.init(4096)
	glutton := identity{1, 2}
	for s := range uint64(100000) {
		f.add(glutton, mix(s))
	}
	apart := 0
	for pid := range uint32(1000) {
		if who := (identity{1, 1000 + pid}); !f.has(who, 1) {
			apart++
		}
	}
	if apart < 960 || !f.has(glutton, 1) {
		t.Errorf("%d of 1000 are not disturbed by a filter that is full for one", apart)
	}
}
