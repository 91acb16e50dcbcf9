package audit

import "testing"

// TestDeleted: a file that somebody has deleted is not written on; seq and chain
// go on in a new one.
func TestDeleted(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, nil)
	r.refuse(3)
	r.settle(0)
	delete(d.names, "/log/a")
	r.refuse(2)
	r.settle(0)
	r.refuse(1)
	r.settle(0)
	got := r.whole()
	if got.First != 5 || got.Records != 4 || got.Last != 8 {
		t.Errorf("%+v", got)
	}
	if n := r.f.stats.Synced.Load(); n != got.Last || r.saidSuch("was deleted") != 1 {
		t.Errorf("%d synced, said %q", n, r.said)
	}
}
