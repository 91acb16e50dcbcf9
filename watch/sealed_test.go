package watch

import (
	"testing"

	"vlpd/vlp"
)

// sealedStep is a frame, and whether its seal is the first of a session.
type sealedStep struct {
	afterNS int64
	nonce   uint64
	first   bool
	want    string
}

// Where frames are sealed only the seal begins a session when a nonce falls:
// no silence and no second frame does.
var sealedHistories = []struct {
	name  string
	steps []sealedStep
	gaps  uint64 // on a line
	wraps uint64
}{
	{name: "the session goes on", gaps: 7, steps: []sealedStep{{second, 1, true, ok}, {second, 2, false, ok}, {second, 10, false, ok}}},
	{name: "a new seal, a lower nonce", steps: []sealedStep{{second, 500, true, ok}, {second, 3, true, newborn}, {second, 4, false, ok}}},
	{name: "a new seal, a higher nonce", gaps: 1, steps: []sealedStep{{second, 5, true, ok}, {second, 7, true, ok}}},
	{name: "a new seal, the last nonce", steps: []sealedStep{{second, 5, true, ok}, {second, 5, true, newborn}}},
	{name: "nonce 1 under the old seal", steps: []sealedStep{{second, 5, true, ok}, {second, 1, false, old}, {20 * second, 1, false, old}}},
	{name: "a fall under the old seal", steps: []sealedStep{{second, 500, true, ok}, {second, 2, false, old}, {20 * second, 3, false, old}}},
	{name: "wrap", gaps: 1, wraps: 1, steps: []sealedStep{{second, vlp.Terminal - 1, true, ok}, {second, 1, false, newborn}, {second, 3, false, ok}}},
}

func TestSealedNonces(t *testing.T) {
	for _, h := range sealedHistories {
		for _, kind := range []SourceKind{Sealed, SealedWire} {
			table := New(Config{Capacity: 1, Thresholds: []int64{10 * second}, Kinds: []SourceKind{kind}})
			now := int64(0)
			for i, s := range h.steps {
				now += s.afterNS
				f := fr(s.nonce, uint64(i)) // no two are copies
				records, v := table.ObserveSealed(now, 0, &f, s.first, nil)
				if got := said(records, v); got != s.want {
					t.Errorf("%s, kind %d, step %d: %s; want %s", h.name, kind, i, got, s.want)
				}
			}
			gaps := h.gaps
			if kind == Sealed { // datagrams overtake: what is missing may yet come
				gaps = 0
			}
			if got := table.NonceGaps(0); got != gaps {
				t.Errorf("%s, kind %d: %d gaps; want %d", h.name, kind, got, gaps)
			}
			if got := table.Counts().NonceWraps; got != h.wraps {
				t.Errorf("%s, kind %d: %d wraps; want %d", h.name, kind, got, h.wraps)
			}
		}
	}
}
