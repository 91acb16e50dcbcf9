package observer

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestOpenFDs: the size of /proc/self/fd where the kernel tells it, the entries
// where they are few, and never more than so many of them.
func TestOpenFDs(t *testing.T) {
	var p process
	p.open()
	defer unix.Close(p.statm)
	defer unix.Close(p.fdDir)
	p.take(0)
	before := p.openFDs
	count, whole := p.listFDs()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	// ReadDir's own is one; other tests' sockets may be closed meanwhile.
	near := func(a, b uint64) bool { return max(a, b)-min(a, b) <= 30 }
	if n := uint64(len(entries)); !whole || !near(count+1, n) || !near(before+1, n) {
		t.Errorf("%d by take, %d listed (whole %v); want %d", before, count, whole, n-1)
	}
	const more = 1500
	for range more {
		fd, err := unix.Dup(p.fdDir)
		if err != nil {
			t.Skip(err)
		}
		defer unix.Close(fd)
	}
	if count, whole = p.listFDs(); whole || count >= before+more {
		t.Errorf("%d of %d listed, whole %v", count, before+more, whole)
	}
	p.take(more)
	if !near(p.openFDs, before+more) {
		t.Errorf("%d by take, want %d", p.openFDs, before+more)
	}
}
