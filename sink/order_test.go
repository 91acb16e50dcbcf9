package sink

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vlpd/event"
)

// runOf returns the rows in the order of the files.
func runOf(t *testing.T, fs *fakeFS) []row {
	t.Helper()
	rows, err := read(fs)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// lostBy adds up what lost rows say of a reason.
func lostBy(rows []row, reason int) (total uint64) {
	for _, r := range rows {
		var n uint64
		var why int
		if r.kind == "lost" {
			fmt.Sscanf(r.lost, "%d/%d", &n, &why)
		}
		if why == reason {
			total += n
		}
	}
	return total
}

func TestOrder(t *testing.T) {
	for _, first := range []uint32{0, math.MaxUint32 - 500, math.MaxInt32 - 500} {
		rnd := rand.New(rand.NewPCG(1, 2))
		fs := newFakeFS(1)
		r := newRig(t, fs, func(o *Options) { o.Beats, o.Events, o.MaxBytes, o.SyncInterval = 64, 32, 0, 1e9 })
		r.f.seq, r.f.shown, r.w.merge.next = first, first, first+1
		r.f.pushed.Store(first)
		for range 400 {
			kinds := []event.Kind{event.Beat, event.Beat, event.Stall, event.Decode}
			for range rnd.IntN(60) {
				r.push(kinds[rnd.IntN(len(kinds))], 1)
			}
			if rnd.IntN(8) > 0 {
				r.settle()
			}
		}
		r.settleFor(10e9)
		r.balance()
		rows, last := runOf(t, fs), uint64(0)
		present := uint64(0)
		for _, row := range rows {
			if row.n == 0 {
				continue
			}
			if row.n <= last {
				t.Fatalf("row %d after row %d", row.n, last)
			}
			last = row.n
			present++
		}
		if lost := lostBy(rows, event.LostRing); present+lost != r.n || lost != r.f.stats.LostRing.Load() {
			t.Errorf("%d rows and %d lost ones of %d; %s", present, lost, r.n, r.figures())
		}
	}
}

// TestStallsOutliveBeats: while the writer is stuck, beats go and stalls stay,
// also when they are more than the events ring holds.
func TestStallsOutliveBeats(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.Beats, o.Events, o.SyncInterval = 256, 64, 1e9 })
	want := map[uint64]bool{}
	for i := range 180 {
		r.push(event.Beat, 10)
		r.push(event.Decode, 3)
		if i >= 30 {
			r.push(event.Stall, 1)
			want[r.n] = true
		}
	}
	r.settleFor(10e9)
	r.balance()
	seen := numbers(runOf(t, fs), 1)
	for n := range want {
		if seen[n] == 0 {
			t.Errorf("stall %d was lost", n)
		}
	}
	if lost := r.f.stats.LostRing.Load(); lost == 0 || lost+uint64(len(seen)) != r.n {
		t.Errorf("%d rows; %s", len(seen), r.figures())
	}
}

// TestEventsLost: more events than both rings hold are lost and counted.
func TestEventsLost(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.Beats, o.Events = 64, 64 })
	r.push(event.Stall, 1000)
	r.settleFor(10e9)
	r.balance()
	rows := runOf(t, fs)
	if got, lost := len(numbers(rows, 1)), lostBy(rows, event.LostRing); got < 64+32 || uint64(got)+lost != 1000 {
		t.Errorf("%d rows, %d lost", got, lost)
	}
}

// TestWake: the loop is asked to call after 80 ms, and sooner for what is urgent.
func TestWake(t *testing.T) {
	r := newRig(t, newFakeFS(1), nil)
	woken := func() bool {
		select {
		case <-r.f.wake:
			return true
		default:
			return false
		}
	}
	if r.f.Flush(); r.f.Deadline() != 0 || woken() {
		t.Error("woken for nothing")
	}
	at := r.now
	r.push(event.Beat, 3)
	r.f.Tick(at + 79e6)
	if r.f.Flush(); r.f.Deadline() != at+80e6 || woken() {
		t.Errorf("deadline %d, expected %d", r.f.Deadline(), at+80e6)
	}
	if r.f.Tick(at + 80e6); !woken() || r.f.Deadline() != 0 {
		t.Error("not woken at the deadline")
	}
	r.push(event.Stall, 1)
	if r.f.Flush(); !woken() {
		t.Error("not woken at the end of the turn for a kind synced at once")
	}
	r.settle()
	r.push(event.Beat, r.f.beats.Cap()/4)
	if r.f.Flush(); !woken() {
		t.Error("not woken with a quarter of the ring in use")
	}
}
