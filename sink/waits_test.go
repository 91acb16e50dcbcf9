package sink

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// Rows that keep coming put off nobody's sync: the interval is that of the
// oldest row.
func TestIntervalWhileRowsCome(t *testing.T) {
	const every, interval = 100e6, 1e9
	r := newRig(t, newFakeFS(1), func(o *Options) { o.SyncEvery, o.SyncKinds, o.SyncInterval, o.MaxBytes = 0, 0, interval, 0 })
	for rows := range uint64(100) {
		r.push(event.Beat, 1)
		r.settleFor(every)
		if late := rows - min(rows, interval/every); r.f.stats.Synced.Load() < late {
			t.Fatalf("%d rows, %d synced: the first has waited for more than a second", rows+1, r.f.stats.Synced.Load())
		}
	}
}

// A file is renamed, and a path opened anew, only when its name is known to be
// on the disk: f2fs may else bring one file back under the name of another.
func TestWaitsForTheName(t *testing.T) {
	for _, what := range []string{"rotation", "reopening"} {
		fs := newFakeFS(1)
		r := newRig(t, fs, func(o *Options) { o.MaxBytes = 600 })
		r.w.named.Store(r.w.serial - 1) // as Open leaves it: the first sync is to come
		r.w.dirDue = true
		opened := 0
		fs.fault = func(op, _ string, _ int) fail {
			if op == "open" {
				opened++
			}
			return fail{}
		}
		if what == "rotation" {
			r.push(event.Beat, 50) // 36 bytes each
		} else {
			r.f.reopen.Store(true)
		}
		r.step()
		if fs.names["/log/ev.1"] != nil || opened > 0 {
			t.Errorf("%s: it did not wait for the folder's sync", what)
		}
		r.settle()
		if opened == 0 {
			t.Errorf("%s: it never came", what)
		}
		r.close()
		r.balance()
	}
}

// A full disk takes no generation whose rows are not synced yet.
func TestUnsyncedGenerationStays(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.MaxBytes, o.Generations = 600, 1 })
	r.settle()
	for fs.names["/log/ev.1"] == nil {
		r.push(event.Beat, 1)
		r.step()
	}
	fs.fault = func(op, _ string, _ int) fail {
		if op == "write" {
			return fail{err: unix.ENOSPC}
		}
		return fail{}
	}
	r.now += 10e9
	r.push(event.Beat, 20)
	r.step()
	if fs.names["/log/ev.1"] == nil {
		t.Error("the generation that waits for its sync was deleted")
	}
	fs.fault = nil
	r.settleFor(10e9)
	r.close()
	r.balance()
}

// What a sync costs counts before it is paid, and one that costs more than the
// bucket ever holds waits until that is full, not for ever.
func TestBucketOfBudget(t *testing.T) {
	b := newBudget(24*6000, 0) // the bucket holds 6000 bytes
	for _, c := range []struct {
		cost, credit int64
		short        bool
	}{{6000, 0, false}, {6001, 0, true}, {6001, 1, false}, {10000, 4000, false}, {10001, 4000, true}} {
		if got := b.short(0, c.cost, c.credit); got != c.short {
			t.Errorf("cost %d, credit %d: short %v", c.cost, c.credit, got)
		}
	}
	if ns := b.wait(0, 8192); ns != 0 {
		t.Errorf("a full bucket has a sync of 8192 bytes wait for %d ns", ns)
	}
	b.spend(0, 8192)
	if ns := b.wait(0, 8192); ns <= 0 || ns > 2*dayNS {
		t.Errorf("an empty bucket has it wait for %d ns", ns)
	}
}

// At the end nothing is left out, whatever the budget.
func TestBudgetAtTheEnd(t *testing.T) {
	r := newRig(t, newFakeFS(1), func(o *Options) { o.SyncEvery, o.Budget, o.MaxBytes, o.Unsynced = 1, 1000, 0, unsyncedDefault })
	for r.f.stats.LostBudget.Load() == 0 {
		r.push(event.Beat, 50)
		r.settle()
	}
	lost := r.f.stats.LostBudget.Load()
	r.push(event.Beat, 50)
	r.close()
	if got := r.f.stats.LostBudget.Load(); got != lost {
		t.Errorf("%d beats were left out at the end", got-lost)
	}
	r.balance()
}

// A file is all that may be left of rows that cannot be read back: it is kept.
func TestLastOfTheRows(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.MaxBytes = 0 })
	r.push(event.Beat, 20)
	fs.fault = func(op, _ string, _ int) fail {
		if op == "fdatasync" || op == "read" {
			return fail{err: unix.EIO}
		}
		return fail{}
	}
	r.step()
	r.sync()
	fs.fault = nil
	r.settleFor(10e9)
	if old := fs.names["/log/ev.1"]; old == nil || !strings.Contains(string(old.data), "beat") {
		t.Error("the file was deleted")
	}
	r.close()
	r.balance()
}

// content is a file of which only the content counts.
type content struct {
	File
	text string
}

func (c content) ReadAt(p []byte, off int64) (int, error) { return copy(p, c.text[off:]), nil }

func TestWholeLines(t *testing.T) {
	rows := func(n int) string { return strings.Repeat(strings.Repeat("x", 63)+"\n", n/64) }
	nuls := func(n int) string { return strings.Repeat("\x00", n) }
	for _, c := range []struct {
		name  string
		text  string
		least int64
		floor int64
		want  int
	}{
		{"nothing", "", 0, 0, 0},
		{"no row", "xxx", 0, 0, 0},
		{"rows", rows(128), 0, 0, 128},
		{"torn", rows(128) + "xxx", 0, 0, 128},
		{"torn over a chunk", rows(128) + strings.Repeat("x", 3*repairChunk), 0, 0, 128},
		{"NULs at the end", rows(128) + nuls(9), 0, 0, 128},
		{"NULs over chunks", rows(128) + nuls(3*repairChunk), 0, 0, 128},
		{"NULs in a row", rows(128) + "xx" + nuls(9) + "x\n", 0, 0, 128},
		{"NULs within the last bytes", rows(128) + nuls(64) + rows(2*repairChunk), 2*repairChunk + 1, 0, 128},
		{"NULs ahead of them", rows(128) + nuls(64) + rows(2*repairChunk), repairChunk, 0, 128 + 64 + 2*repairChunk},
		{"NULs that begin ahead", rows(128) + nuls(2*repairChunk) + rows(64), 64, 0, 128},
		{"NULs of somebody else", rows(128) + nuls(64) + rows(128) + "xx", 512, 192, 320},
		{"NULs of both", rows(128) + nuls(64) + rows(128) + nuls(9), 512, 192, 320},
		{"somebody else's, over chunks", nuls(2*repairChunk) + rows(64), 3 * repairChunk, 2 * repairChunk, 2*repairChunk + 64},
		{"nothing but NULs", nuls(2 * repairChunk), 0, 0, 0},
	} {
		end, err := WholeLines(content{text: c.text}, int64(len(c.text)), c.least, c.floor)
		if err != nil || end != int64(c.want) {
			t.Errorf("%s: %d, %v; want %d", c.name, end, err, c.want)
		}
	}
}
