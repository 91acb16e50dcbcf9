package watch

import (
	"testing"

	"vlpd/vlp"
)

// TestVouch: with Config.Vouch a frame of a Local source counts only if its
// sender was judged, once for all if nobody else can have the key, else each
// time. Other sources are not asked.
func TestVouch(t *testing.T) {
	table := New(Config{Capacity: 4, Thresholds: []int64{second}, Kinds: []SourceKind{Local, Wire}, Vouch: true})
	nonce := uint64(0)
	observe := func(source uint16) Verdict {
		nonce++
		_, v := table.Observe(1, source, &vlp.Frame{PID: 42, Nonce: nonce}, nil)
		return v
	}
	vouched := func(pinned bool) Verdict {
		nonce++
		_, v := table.ObserveVouched(1, 0, &vlp.Frame{PID: 42, Nonce: nonce}, pinned, nil)
		return v
	}
	for i, step := range []struct {
		got, want Verdict
	}{
		{observe(1), Accepted},
		{observe(0), Unvouched},
		{vouched(false), Accepted},
		{observe(0), Unvouched},
		{vouched(true), Accepted},
		{observe(0), Accepted},
		{observe(0), Accepted},
	} {
		if step.got != step.want {
			t.Errorf("step %d: verdict %d, want %d", i, step.got, step.want)
		}
	}
	table.Unvouch(0, 42)
	if v := observe(0); v != Unvouched {
		t.Errorf("after Unvouch: verdict %d", v)
	}
	if a, _ := table.Find(0, 42); a.Beats() != 4 {
		t.Errorf("%d beats, want the 4 accepted ones", a.Beats())
	}
}
