package secure

import (
	"bytes"
	"testing"
)

// The sessions in the filter come back too, those that it was saved without.
func TestStateOfTheFilter(t *testing.T) {
	var d disk
	r := kept(t, &d, 4)
	filters := 0
	const sessions = Sessions + 2*burntMost
	for s := range uint64(sessions) {
		r.Tick(int64(s) * paceNS)
		r.want(shared(7, s, 5), Opened, Fresh)
		before := d.filter
		d.save(r, false)
		if !bytes.Equal(before, d.filter) {
			filters++
		}
		if s%50 == 49 || s == sessions-1 {
			again := kept(t, &d, 4)
			again.Tick(int64(s) * paceNS)
			for old := range s + 1 {
				again.want(shared(7, old, 5), Replayed, 0)
			}
			var later disk // what came back is saved again
			later.filter = d.filter
			later.save(again, true)
			kept(t, &later, 4).want(shared(7, 0, 5), Replayed, 0)
			if again.mem.filter.held != r.mem.filter.held {
				t.Fatalf("after %d sessions the filter has %d, want %d", s, again.mem.filter.held, r.mem.filter.held)
			}
		}
	}
	if filters != 2 {
		t.Errorf("the filter was saved %d times for %d sessions", filters, 2*burntMost)
	}
}

// More than can be noted, while nothing can be saved: then the filter says it.
func TestStateOverflow(t *testing.T) {
	var d disk
	r := kept(t, &d, 4)
	for s := range uint64(Sessions + burntMost + 20) {
		r.Tick(int64(s) * paceNS)
		r.want(shared(7, s, 5), Opened, Fresh)
	}
	b := r.BeginSave(nil, false)
	b, _ = r.StepSave(b, 99)
	r.SaveFilter(nil, b)
	r.Saved(nil, false) // the medium did not take it
	if !r.FilterDue() || r.Need() == NeedNothing {
		t.Error("what failed is not wanted again")
	}
	d.save(r, false)
	again := kept(t, &d, 4)
	for s := range uint64(Sessions + burntMost + 20) {
		again.want(shared(7, s, 5), Replayed, 0)
	}
}

// Sessions that go into the filter while it is being saved are not in what is
// saved; they are noted, or if there is no room the filter is due again.
func TestStateWhileTheFilterIsSaved(t *testing.T) {
	for _, during := range []int{3, burntMost} {
		var d disk
		r := kept(t, &d, 4)
		n := uint64(0)
		begin := func(sessions int) {
			for range sessions {
				r.Tick(int64(n) * paceNS)
				r.want(shared(7, n, 5), Opened, Fresh)
				n++
			}
		}
		begin(Sessions + burntPlenty)
		b, _ := r.StepSave(r.BeginSave(nil, false), 99)
		f := r.SaveFilter(nil, b)
		begin(during)
		r.Saved(f, true)
		d.filter = f
		d.save(r, false)
		again := kept(t, &d, 4)
		for old := range n {
			again.want(shared(7, old, 5), Replayed, 0)
		}
	}
}

// A smaller table: who has no place any more goes into the filter.
func TestStateIntoASmallerTable(t *testing.T) {
	var d disk
	r := kept(t, &d, 8)
	for pid := range uint32(8) {
		r.want(shared(10+pid, 1, 5), Opened, Fresh)
	}
	d.save(r, true)
	r = kept(t, &d, 2)
	for pid := range uint32(8) {
		r.want(shared(10+pid, 1, 5), Replayed, 0)
	}
	d.save(r, true)
	r = kept(t, &d, 8)
	for pid := range uint32(8) {
		r.want(shared(10+pid, 1, 5), Replayed, 0)
	}
}
