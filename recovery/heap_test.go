package recovery

import (
	"math"
	"testing"
)

// Of attempts that are due at the same time the first planned goes first, also
// when the count of plans starts again.
func TestEqualsInOrder(t *testing.T) {
	for _, order := range []uint32{0, math.MaxInt32 - 1, math.MaxUint32 - 1} {
		table := New(usual())
		table.order = order
		for pid := uint32(2); pid < 6; pid++ {
			table.Stalled(5, Key{PID: pid}, Attested)
		}
		due := table.Due(5, make([]Attempt, 0, 8))
		for i, a := range due {
			if a.PID != uint32(2+i) {
				t.Errorf("order from %d on: attempt %d is of %d", order, i, a.PID)
			}
		}
		if len(due) != 4 {
			t.Errorf("order from %d on: %d attempts", order, len(due))
		}
	}
}
