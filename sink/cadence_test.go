package sink

import (
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// TestCadence: each cadence alone, and none.
func TestCadence(t *testing.T) {
	off := func(o *Options) { o.SyncEvery, o.SyncInterval, o.SyncKinds = 0, 0, 0 }
	for _, c := range []struct {
		name   string
		set    func(*Options)
		kind   event.Kind
		rows   int
		wait   int64
		synced uint64
	}{
		{"rows, one short", func(o *Options) { off(o); o.SyncEvery = 5 }, event.Beat, 4, 60e9, 0},
		{"rows", func(o *Options) { off(o); o.SyncEvery = 5 }, event.Beat, 5, 0, 5},
		{"rows, a group", func(o *Options) { off(o); o.SyncEvery = 5 }, event.Beat, 23, 0, 23},
		{"time, before", func(o *Options) { off(o); o.SyncInterval = 1e9 }, event.Beat, 5, 0.99e9, 0},
		{"time", func(o *Options) { off(o); o.SyncInterval = 1e9 }, event.Beat, 5, 1.01e9, 5},
		{"kind", func(o *Options) { off(o); o.SyncKinds = kinds(event.Exit) }, event.Exit, 1, 0, 1},
		{"other kind", func(o *Options) { off(o); o.SyncKinds = kinds(event.Exit) }, event.Stall, 1, 60e9, 0},
		{"full", func(o *Options) { off(o); o.SyncKinds = kinds(event.Exit) }, event.Beat, 900, 0, 900},
		{"none", off, event.Stall, 900, 60e9, 0},
	} {
		r := newRig(t, newFakeFS(1), func(o *Options) { c.set(o); o.MaxBytes = 0 })
		for n := c.rows; n > 0; n -= 100 {
			r.push(c.kind, min(n, 100))
			r.step()
		}
		r.settleFor(c.wait)
		if got := r.f.stats.Synced.Load(); got != c.synced && (c.name != "full" || got < c.synced/2) {
			t.Errorf("%s: %d rows synced, expected %d", c.name, got, c.synced)
		}
		r.close()
		r.balance() // the end syncs, whatever the cadence
	}
}

// TestIdle: nothing to do, nothing to wake up for, not even while the disk fails.
func TestIdle(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.SyncInterval = 1e9 })
	if at := r.step(); at != 0 {
		t.Errorf("fresh log wants to be woken at %d", at)
	}
	r.push(event.Beat, 3)
	if at := r.step(); at != r.now-3000+1e9 && at != r.now+1e9 {
		t.Errorf("woken at %d, now is %d", at, r.now)
	}
	r.settleFor(1e9)
	if at := r.step(); at != 0 {
		t.Errorf("synced log wants to be woken at %d", at)
	}
	fs.fault = func(string, string, int) fail { return fail{err: unix.EIO} }
	r.push(event.Beat, 3)
	wakes := 0
	for end := r.now + 60e9; r.now < end; wakes++ {
		at := r.step()
		if at <= r.now || at > r.now+pauseMostNS {
			t.Fatalf("woken at %d, now is %d", at, r.now)
		}
		r.now = at
	}
	if wakes > 20 {
		t.Errorf("%d attempts in a minute", wakes)
	}
}

// TestBudget: a day of beats and some stalls, ten a second, against several budgets.
func TestBudget(t *testing.T) {
	for _, c := range []struct {
		perDay int64
		rate   int64 // beats a second
		loses  bool
	}{{0, 10, false}, {200e6, 10, false}, {50e6, 10, false}, {5e6, 10, true}, {1e6, 10, true}} {
		fs := newFakeFS(1)
		r := newRig(t, fs, func(o *Options) {
			o.SyncEvery, o.Budget, o.MaxBytes, o.Unsynced = 10, c.perDay, 0, unsyncedDefault
		})
		stalls, spent, written := int64(0), int64(0), r.f.stats.Bytes.Load()
		fs.before = func(op, _ string) {
			if op == "fdatasync" {
				n := int64(r.f.stats.Bytes.Load() - written)
				written += uint64(n)
				spent += max((n+pageBytes-1)/pageBytes, 1)*pageBytes + pageBytes
			}
		}
		const hours = 6
		for s := range int64(hours * 3600) {
			r.push(event.Beat, int(c.rate))
			r.settleFor(1e9)
			if s%600 == 0 {
				r.push(event.Stall, 1)
				stalls++
				at := r.now
				r.settle()
				if r.now != at || r.w.unsynced.rows > 0 {
					t.Fatal("a stall waits for the budget")
				}
			}
			fs.names["/log/ev"].data = nil // the test's memory
		}
		s := &r.f.stats
		allowed := c.perDay*hours/24 + c.perDay/24 + stalls*2*pageBytes + budgetCredit
		if c.perDay > 0 && spent > allowed {
			t.Errorf("budget %d: %d bytes in %d hours, allowed %d", c.perDay, spent, hours, allowed)
		}
		if lost := s.LostBudget.Load(); c.loses != (lost > 0) {
			t.Errorf("budget %d: %d beats left out", c.perDay, lost)
		}
		t.Logf("budget %d MB: %d syncs, %.1f MB a day by the model, %s", c.perDay/1e6, r.jobs, float64(spent)*24/hours/1e6, r.figures())
	}
}

// TestHalfFull: a sync is forced while the other half may still be written, so
// that writing goes on meanwhile.
func TestHalfFull(t *testing.T) {
	r := newRig(t, newFakeFS(1), func(o *Options) { o.SyncEvery, o.MaxBytes = 0, 0 })
	for r.jobs == 0 && !r.w.overdue() {
		r.push(event.Beat, 1)
		r.step()
	}
	if used := r.w.unsynced.bytes; r.jobs != 1 || used < unsyncedLeast/2 || used > unsyncedLeast/2+100 {
		t.Errorf("%d syncs begun with %d of %d bytes unsynced", r.jobs, used, unsyncedLeast)
	}
}

// TestOverdue: when as much is unsynced as may be, rows wait in the rings, and
// the end of the sync is all it takes for them to go on.
func TestOverdue(t *testing.T) {
	r := newRig(t, newFakeFS(1), func(o *Options) { o.SyncEvery, o.MaxBytes, o.Beats = 0, 0, 8192 })
	for !r.w.overdue() {
		r.push(event.Beat, 100)
		r.step()
	}
	r.push(event.Beat, 4000)
	r.step()
	if r.f.beats.Len() == 0 || r.f.stats.Bytes.Load() > unsyncedLeast+waitingBytes {
		t.Fatalf("%d rows wait, %d bytes were written", r.f.beats.Len(), r.f.stats.Bytes.Load())
	}
	for range 1000 {
		if !r.sync() {
			break
		}
		r.w.step(r.now)
	}
	if r.f.beats.Len() > 0 || len(r.w.waiting.buf) > 0 {
		t.Errorf("%d rows are left, %d bytes wait", r.f.beats.Len(), len(r.w.waiting.buf))
	}
}
