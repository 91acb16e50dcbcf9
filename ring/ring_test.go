package ring

import (
	"math"
	"slices"
	"testing"
)

// starts are counts of values already gone through a ring: none, and so many
// that the marks wrap within the test.
var starts = []uint32{0, math.MaxUint32/step - 5, math.MaxUint32 / step, 1<<30 - 3}

// Push is Put and Publish.
func (r *Ring[T]) Push(v *T) bool {
	if !r.Put(v) {
		return false
	}
	r.Publish()
	return true
}

func push(t *testing.T, r *Ring[int], from, to int) {
	t.Helper()
	for v := from; v < to; v++ {
		if !r.Push(&v) {
			t.Fatalf("Push(%d) refused with %d of %d in use", v, r.Len(), r.Cap())
		}
	}
}

func claim(t *testing.T, r *Ring[int], limit, from, to int) {
	t.Helper()
	a, b := r.Claim(limit)
	got := slices.Concat(a, b)
	if len(got) != to-from {
		t.Fatalf("Claim(%d) gave %v, want %d values from %d", limit, got, to-from, from)
	}
	for i, v := range got {
		if v != from+i {
			t.Fatalf("Claim(%d) gave %v, want it to start at %d", limit, got, from)
		}
	}
}

func TestCapacity(t *testing.T) {
	for _, c := range []struct{ ask, got int }{{1, 1}, {2, 2}, {3, 4}, {64, 64}, {65, 128}, {4095, 4096}} {
		if got := New[byte](c.ask).Cap(); got != c.got {
			t.Errorf("New(%d).Cap() = %d, want %d", c.ask, got, c.got)
		}
	}
	if got := New[struct{}](maxCapacity).Cap(); got != maxCapacity {
		t.Errorf("Cap() = %d, want %d", got, maxCapacity)
	}
	for _, n := range []int{math.MinInt, -1, 0, maxCapacity + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("New(%d) did not panic", n)
				}
			}()
			New[struct{}](n)
		}()
	}
}

func TestFillAndDrain(t *testing.T) {
	for _, first := range starts {
		for _, size := range []int{1, 2, 8} {
			r := newAt[int](size, first)
			for round := range 7 {
				base := round * 100
				claim(t, r, 1, base, base)
				push(t, r, base, base+size)
				if v := -1; r.Push(&v) {
					t.Fatalf("first %d size %d: Push into a full ring", first, size)
				}
				claim(t, r, 1, base, base+1)
				if r.Len() != size {
					t.Fatalf("Len() = %d with %d values and one claimed", r.Len(), size)
				}
				if v := -1; r.Push(&v) {
					t.Fatalf("first %d size %d: Push into a claimed slot", first, size)
				}
				r.Release()
				push(t, r, base+size, base+size+1)
				claim(t, r, math.MaxInt, base+1, base+1+size)
				r.Release()
				if r.Len() != 0 {
					t.Fatalf("Len() = %d after all were released", r.Len())
				}
			}
		}
	}
}

func TestSpans(t *testing.T) {
	for _, first := range starts {
		r := newAt[int](8, first)
		skip := int((5 - first) & 7)
		push(t, r, 0, skip)
		claim(t, r, 8, 0, skip)
		r.Release() // the next value goes into slot 5
		push(t, r, 0, 8)
		if a, b := r.Claim(8); len(a) != 3 || len(b) != 5 {
			t.Errorf("first %d: spans of %d and %d, want 3 and 5", first, len(a), len(b))
		}
		r.Release()
		push(t, r, 0, 8)
		if a, b := r.Claim(3); len(a) != 3 || b != nil {
			t.Errorf("first %d: spans of %d and %d, want 3 and none", first, len(a), len(b))
		}
	}
}

func TestClaimLimits(t *testing.T) {
	r := New[int](4)
	push(t, r, 0, 4)
	for _, n := range []int{math.MinInt, -1, 0} {
		claim(t, r, n, 0, 0)
	}
	r.Release() // nothing is claimed: nothing is released
	if r.Len() != 4 {
		t.Fatalf("Len() = %d, want 4", r.Len())
	}
	claim(t, r, 2, 0, 2)
	defer func() {
		if recover() == nil {
			t.Error("a second Claim before Release did not panic")
		}
	}()
	r.Claim(1)
}

func TestReclaim(t *testing.T) {
	for _, first := range starts {
		r := newAt[int](8, first)
		want := func(n, got int) {
			t.Helper()
			if g := r.Reclaim(n); g != got {
				t.Fatalf("first %d: Reclaim(%d) = %d, want %d", first, n, g, got)
			}
		}
		want(3, 0)
		push(t, r, 0, 8)
		want(-1, 0)
		want(0, 0)
		want(3, 3) // 3..7 left
		push(t, r, 8, 11)
		claim(t, r, 2, 3, 5)
		want(1, 0) // a claim is held
		r.Release()
		push(t, r, 11, 13)
		want(1, 1) // 6..12 left
		claim(t, r, 100, 6, 13)
		r.Release()
		want(1, 0)
		push(t, r, 13, 21)
		want(math.MaxInt, 8)
		claim(t, r, 1, 0, 0)
		push(t, r, 21, 22)
		claim(t, r, 8, 21, 22)
		r.Release()
	}
}

func TestNoAllocation(t *testing.T) {
	r := New[[40]byte](4)
	var v [40]byte
	n := testing.AllocsPerRun(1000, func() {
		for r.Push(&v) {
		}
		r.Reclaim(1)
		for a, _ := r.Claim(2); len(a) > 0; a, _ = r.Claim(2) {
			r.Release()
		}
	})
	if n != 0 {
		t.Errorf("%v allocations a round, want 0", n)
	}
}
