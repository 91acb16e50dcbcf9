package sink

import (
	"runtime"
	"testing"
	"time"

	"vlpd/event"
	"vlpd/ring"
)

// TestAllocations: neither end allocates, rotations and syncs on a real file
// system included.
func TestAllocations(t *testing.T) {
	o := realOptions(t).withDefaults()
	o.MaxBytes, o.Generations = 3000, 3
	now := int64(1)
	o.Clock = func() int64 { return now }
	f := &front{beats: ring.New[event.Record](1024), events: ring.New[event.Record](256),
		kinds: o.SyncKinds, wake: make(chan struct{}, 1)}
	w, err := open(o, f)
	if err != nil {
		t.Fatal(err)
	}
	inline := w.syncer.(*syncInline)
	r := event.Record{ID: 1}
	turn := func() {
		for k := range 20 {
			r.Kind, r.Nonce = event.Beat, r.Nonce+1
			if k == 7 {
				r.Kind = event.Stall
			}
			f.Push(now, &r)
		}
		f.Tick(now + 1e9)
		for w.step(now); w.inFlight; w.step(now) {
			w.finish(inline.result, now)
		}
		now += 1e6
	}
	turn()
	before := f.stats.Rotations.Load()
	if n := testing.AllocsPerRun(100, turn); n != 0 {
		t.Errorf("%v allocations a turn", n)
	}
	if n := f.stats.Rotations.Load() - before; n < 5 {
		t.Errorf("%d rotations among them, expected 5 at least", n)
	}
	stalled := testing.AllocsPerRun(100, func() {
		for range 2000 {
			f.Push(now, &r)
		}
		f.Flush()
	})
	if stalled != 0 || f.stats.LostRing.Load() == 0 {
		t.Errorf("%v allocations in a full ring, %d rows lost", stalled, f.stats.LostRing.Load())
	}
}

func BenchmarkPush(b *testing.B) {
	f := &front{beats: ring.New[event.Record](16384), events: ring.New[event.Record](4096), wake: make(chan struct{}, 1)}
	r := event.Record{ID: 1}
	b.ReportAllocs()
	for i := range b.N {
		f.Push(int64(i), &r)
		if i&1023 == 0 { // the writer's share: taken out at once
			f.beats.Reclaim(16384)
		}
	}
}

// BenchmarkLog is rows from Push to a synced file, as fast as the log takes
// them: the loop waits when the ring is half full.
func BenchmarkLog(b *testing.B) {
	for _, c := range []struct {
		name string
		set  func(*Options)
	}{
		{"kinds", func(o *Options) { o.SyncEvery = 0 }},
		{"every64", func(o *Options) { o.SyncEvery = 64 }},
		{"never", func(o *Options) { o.SyncEvery, o.SyncKinds = 0, 0 }},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := realOptions(b)
			o.MaxBytes, o.Generations, o.Unsynced = 16<<20, 2, 0
			o.Beats, o.Events = 16384, 4096
			c.set(&o)
			l := mustOpen(b, o)
			r := event.Record{ID: 1, Kind: event.Beat}
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				r.Nonce++
				l.Push(int64(i), &r)
				if i%64 == 0 {
					l.Flush()
				}
				for l.beats.Len() > l.beats.Cap()/2 {
					l.Flush()
					runtime.Gosched()
				}
			}
			if err := l.Close(time.Minute); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(l.Stats().LostRing.Load()), "lost")
			b.ReportMetric(float64(l.Stats().Syncs.Load()), "syncs")
		})
	}
}
