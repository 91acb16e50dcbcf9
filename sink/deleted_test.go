package sink

import (
	"os"
	"path/filepath"
	"testing"

	"vlpd/event"
)

// TestDeleted: a file that somebody has deleted is not written on, and no row
// counts as synced that was written to it since.
func TestDeleted(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.SyncInterval = 1e9 })
	r.push(event.Beat, 3)
	r.settleFor(2e9)
	synced := r.f.stats.Synced.Load()
	r.push(event.Beat, 3)
	r.settle()
	if err := fs.Unlink("/log/ev\x00"); err != nil {
		t.Fatal(err)
	}
	r.push(event.Beat, 3)
	r.settleFor(3e9)
	r.balance()
	fresh := fs.names["/log/ev"]
	if fresh == nil || countRows(fresh.data) != 7 || !fresh.synced || len(fs.pending) > 0 {
		t.Fatalf("new file %v", fresh)
	}
	if got := r.f.stats.Synced.Load() - synced; got != 6 {
		t.Errorf("%d rows synced behind the first, expected 6", got)
	}
	r.push(event.Beat, 1)
	r.close()
	r.balance()
	if n := countRows(fresh.data); n != 8 || r.w.left != 0 {
		t.Errorf("%d rows in the end, %d left, expected 8 and 0", n, r.w.left)
	}
}

// TestNameless: where no file has a name to count, none is begun after the other.
func TestNameless(t *testing.T) {
	fs := newFakeFS(1)
	fs.nameless = true
	r := newRig(t, fs, nil)
	r.push(event.Stall, 20)
	r.settleFor(2e9)
	r.close()
	if r.f.stats.Rotations.Load() != 0 || r.w.left != 0 {
		t.Errorf("%d left; %s", r.w.left, r.figures())
	}
}

func TestOSNameless(t *testing.T) {
	p, _ := NewPath(filepath.Join(t.TempDir(), "ev"))
	f, err := OS.OpenFile(p, true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	before := f.Nameless()
	if err := os.Remove(p.String()); err != nil || before || !f.Nameless() {
		t.Errorf("%v before, %v after; %v", before, f.Nameless(), err)
	}
}
