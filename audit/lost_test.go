package audit

import "testing"

// TestManyLossesAreFewLines: a full ring is said at once, then once a second,
// and at the end how many there were in all.
func TestManyLossesAreFewLines(t *testing.T) {
	r := newRig(t, newDisk(1), func(o *Options) { o.Queue = 4 })
	r.settle(1)
	for range 50 {
		r.refuse(10) // 6 too many
		r.settle(1e6)
	}
	if n := r.saidSuch("found no room so far"); n != 1 {
		t.Errorf("%d lines in the first 50 ms, want 1: %q", n, r.said)
	}
	r.close()
	if r.saidSuch("300 records") != 1 || r.saidSuch("found no room") != 2 {
		t.Errorf("at the end: %q", r.said)
	}
	r.whole()
}

// TestTailRoom: whatever may be captured of however many children.
func TestTailRoom(t *testing.T) {
	for _, c := range []struct{ children, most, want int }{
		{256, 4096, 256 << 10}, {256, 100, 25600}, {1, 1 << 20, 1024}, {65536, 1 << 20, 1 << 20}, {9, 0, 0},
	} {
		if got := TailRoom(c.children, c.most); got != c.want {
			t.Errorf("TailRoom(%d, %d) = %d, want %d", c.children, c.most, got, c.want)
		}
	}
}
