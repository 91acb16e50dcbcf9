package sink

import (
	"runtime"
	"testing"

	"vlpd/event"
	"vlpd/ring"
)

// TestMergeAcross has the loop and the writer at work at the same time,
// first in rings that are all but empty, then in full ones that lose rows: what comes out is in order, and
// the gaps are exactly what was lost.
func TestMergeAcross(t *testing.T) {
	f := &front{beats: ring.New[event.Record](64), events: ring.New[event.Record](64), wake: make(chan struct{}, 1)}
	m := merge{beats: newStage(f.beats), events: newStage(f.events), pushed: &f.pushed, next: 1}
	const rows = 200_000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range uint64(rows) {
			r := event.Record{Kind: event.Beat, Nonce: n}
			if n*n%5 == 1 {
				r.Kind = event.Stall
			}
			f.Push(0, &r)
			for n < rows/2 && n%4 == 0 && f.RingRecords() > 0 { // few at a time, so that both ends meet in empty rings
				runtime.Gosched()
			}
		}
	}()
	missing, taken := uint64(0), uint64(0)
	for ended := false; ; {
		recs, gap := m.run()
		missing += uint64(gap)
		m.skip(gap)
		for i, r := range recs {
			if r.Seq != m.next+uint32(i) || r.Nonce+1 != uint64(r.Seq) {
				t.Fatalf("record %d where %d is next", r.Seq, m.next+uint32(i))
			}
		}
		if len(recs) > 0 {
			m.took(len(recs))
			taken += uint64(len(recs))
			continue
		}
		if ended {
			break
		}
		select {
		case <-done:
			ended = true
		default:
			runtime.Gosched()
		}
	}
	lost := f.stats.LostRing.Load()
	if missing != lost || taken+missing != rows {
		t.Errorf("%d taken, %d missing, %d lost of %d", taken, missing, lost, rows)
	}
	t.Logf("%d taken, %d lost", taken, lost)
}
