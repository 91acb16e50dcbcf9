package trust

import "testing"

// Looks beyond the budget of a turn wait; beats of those who wait count.
func TestLooksAreDeferred(t *testing.T) {
	r := newRig(t, Config{Capacity: 100})
	r.lookCost = budgetNS / 4
	for pid := uint32(10); pid < 20; pid++ {
		space := inside
		if pid%2 != 0 {
			space = outside
		}
		r.born(pid, space)
		want := First
		if pid%2 != 0 && pid < 14 {
			want = Foreign
		}
		r.beats(pid, want)
	}
	if c := r.counts; c.looks != 4 || c.deferred != 6 {
		t.Fatalf("%+v; want 4 looks, 6 deferred", c)
	}
	r.beats(15, Known)
	r.beats(16, Known)
	if r.Turn(); !r.Waiting() || r.counts.looks != 8 {
		t.Fatalf("%+v after a turn; want 8 looks and more to do", r.counts)
	}
	r.beats(15, Foreign)
	r.beats(16, Known)
	r.beats(18, Known)
	r.same(18, StillRunning, Attested) // who is asked about is looked at
	if r.Turn(); r.Waiting() || r.counts.looks != 10 {
		t.Errorf("%+v after the second turn; want 10 looks and no more to do", r.counts)
	}
	r.beats(19, Foreign)
}

// Whoever ended while waiting is gone, also if another has the pid by then.
func TestEndedWhileDeferred(t *testing.T) {
	r := newRig(t, Config{})
	r.left = 0
	for _, pid := range []uint32{10, 11, 12} {
		r.born(pid, inside)
		r.beats(pid, First)
	}
	r.pass(10 * tickNS)
	r.dies(10)
	r.dies(11)
	r.reap(11)
	r.reap(12)
	r.born(12, outside)
	if r.Turn(); !r.Waiting() {
		t.Fatal("exits were found, and nothing waits to be told")
	}
	got := r.exits()
	if len(got) != 3 || r.Waiting() {
		t.Errorf("exits %v, waiting %v; want all, none", got, r.Waiting())
	}
	r.same(12, Unknown, NoNamespace) // its start time was never read
	r.pass(10 * tickNS)
	r.beats(12, Foreign)
	r.Forget(0, 11)
	r.left = 0
	r.beats(11, First)
	r.Forget(0, 11) // while it waits
	if r.Turn(); r.Waiting() {
		t.Error("more to do, though it was forgotten")
	}
}
