package sink

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// TestChangedCard: a card fails, is unmounted, and another is mounted later.
// In between nothing is begun in the folder below, and no row is lost.
func TestChangedCard(t *testing.T) {
	fs := newFakeFS(1)
	fs.below = true
	r := newRig(t, fs, nil)
	r.push(event.Stall, 20)
	r.settle()
	first := fs.names
	fs.fault = func(op, _ string, _ int) fail { return fail{err: unix.EIO} }
	r.push(event.Stall, 5)
	r.settleFor(30e9)
	fs.names, fs.pending, fs.unmounted, fs.fault = map[string]*inode{}, nil, true, nil // the root, whole
	r.push(event.Stall, 5)
	r.settleFor(300e9)
	if len(fs.names) != 0 {
		t.Errorf("begun below: %v", fs.names)
	}
	if r.saidSuch("/log/ev: open: nothing is mounted there any more") != 1 {
		t.Errorf("said %q", r.said)
	}
	fs.unmounted = false
	r.settleFor(10e9)
	r.balance()
	for name, node := range first { // both cards in one reader
		fs.names[name+".9"] = node
	}
	if err := complete(fs, 1, r.n); err != nil {
		t.Error(err)
	}
}

// TestReopenedWithoutCard: SIGHUP while nothing is mounted leaves the log
// where it is.
func TestReopenedWithoutCard(t *testing.T) {
	fs := newFakeFS(1)
	fs.below = true
	r := newRig(t, fs, nil)
	r.push(event.Stall, 1)
	r.settle()
	fs.unmounted = true
	before := maps.Clone(fs.names)
	fs.names = map[string]*inode{}
	r.f.reopen.Store(true)
	r.push(event.Stall, 1)
	r.settleFor(60e9)
	if len(fs.names) != 0 {
		t.Errorf("begun below: %v", fs.names)
	}
	r.balance()
	fs.names = before
	if err := complete(fs, 1, r.n); err != nil {
		t.Error(err)
	}
}

// TestFindMount asks the real kernel, which has a tmpfs mounted and unmounted.
func TestFindMount(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, ""); err != nil {
		t.Skip("mounting a tmpfs: ", err)
	}
	mounted := true
	defer func() {
		if mounted {
			unix.Unmount(dir, unix.MNT_DETACH)
		}
	}()
	deep := filepath.Join(dir, "a/b")
	if err := os.MkdirAll(deep, 0o700); err != nil {
		t.Fatal(err)
	}
	n, err := NewNames(filepath.Join(dir, "ev"), 1)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := NewNames(filepath.Join(deep, "ev"), 1)
	n.FindMount(OS)
	d.FindMount(OS)
	if !n.mount.some || n.mount != d.mount {
		t.Fatalf("%+v, and of a folder in it %+v", n.mount, d.mount)
	}
	f, err := n.Create(OS)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	if err := unix.Unmount(dir, 0); err != nil {
		t.Fatal(err)
	}
	mounted = false
	if _, err := n.Create(OS); err != errUnmounted {
		t.Errorf("unmounted: %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("begun below: %v", left)
	}
	if _, err := d.Create(OS); err != unix.ENOENT {
		t.Errorf("a folder of it: %v", err)
	}
	root, _ := NewNames("/ev", 1)
	if root.FindMount(OS); root.mount.some {
		t.Errorf("the root is on %+v", root.mount)
	}
}
