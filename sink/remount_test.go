package sink

import (
	"maps"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// TestRemountedWithoutRenames: a disk fails, renames are made in memory only,
// and then it is mounted anew. PATH is the file of before again, whose rows
// count as synced: it must not be taken for the one that was begun since.
func TestRemountedWithoutRenames(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.MaxBytes = 1 << 20 })
	r.push(event.Stall, 20)
	r.settle()
	synced := r.f.stats.Synced.Load()
	before := maps.Clone(fs.onDisk)
	fs.fault = always("fdatasync", unix.EIO)
	r.push(event.Stall, 5)
	r.settleFor(200e6) // rotated, in memory
	if fs.names["/log/ev.1"] == nil {
		t.Fatal("no new generation was begun")
	}
	r.push(event.Stall, 5)
	fs.fault = func(op, _ string, _ int) fail { // as on ext4 when its journal has stopped
		switch op {
		case "fdatasync":
			return fail{err: unix.EIO}
		case "unlink", "rename":
			return fail{err: unix.EROFS}
		}
		return fail{}
	}
	r.settleFor(5e9)
	fs.names, fs.onDisk, fs.pending, fs.fault = before, maps.Clone(before), nil, nil
	before["/log/ev"].change(change{len(before["/log/ev"].data), []byte("torn\x00\x00")})
	r.push(event.Stall, 5)
	r.settleFor(30e9)
	r.balance()
	if err := complete(fs, 1, r.n); err != nil {
		t.Errorf("%v; %d rows had been synced before; said %q", err, synced, r.said)
	}
	noneGlued(t, fs)
	if p := fs.names["/log/ev.1"].data; p[len(p)-1] != '\n' {
		t.Errorf("the torn tail was left: %q", p[len(p)-9:])
	}
	if fs.names["/log/ev.2"] != nil {
		t.Error("more than one generation was begun")
	}
}

// TestDiscardedAfterFailures: where nothing was mounted anew, files that never
// became synced do not push good generations out.
func TestDiscardedAfterFailures(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.MaxBytes, o.Generations = 1<<20, 3 })
	r.push(event.Stall, 20)
	r.settle()
	fs.fault = always("fdatasync", unix.EIO)
	for range 10 {
		r.push(event.Stall, 2)
		r.settleFor(5e9)
	}
	if fs.names["/log/ev.1"] == nil || fs.names["/log/ev.2"] != nil {
		t.Errorf("generations %v", fs.names)
	}
	fs.fault = nil
	r.settleFor(10e9)
	r.balance()
	if err := complete(fs, 1, r.n); err != nil {
		t.Error(err)
	}
}

// TestLetGo: no descriptor is left open on a disk that fails for long, or it
// could not be unmounted; and the path is tried until it is well again.
func TestLetGo(t *testing.T) {
	for _, op := range []string{"write", "fdatasync", "syncdir", "rename"} {
		for _, errno := range []unix.Errno{unix.EIO, unix.EROFS} {
			fs := newFakeFS(1)
			r := newRig(t, fs, func(o *Options) { o.MaxBytes, o.Generations = 2000, 9 })
			r.push(event.Stall, 20)
			r.settle()
			fs.fault = always(op, errno)
			for range 12 {
				r.push(event.Stall, 5)
				r.settleFor(2e9)
			}
			if r.w.file != nil || r.w.old != nil {
				t.Errorf("%s %v: a file is still open", op, errno)
			}
			fs.fault = nil
			r.settleFor(10e9)
			r.balance()
			if err := complete(fs, 1, r.n); err != nil {
				t.Errorf("%s %v: %v", op, errno, err)
			}
			if n := len(fs.names); n > 5 {
				t.Errorf("%s %v: %d files for %d rows", op, errno, n, r.n)
			}
		}
	}
}

// TestFullIsNotLetGo: a disk that is full may stay so; its file is kept, and
// no generation is begun for it.
func TestFullIsNotLetGo(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.MaxBytes = 1 << 20 })
	r.push(event.Stall, 20)
	r.settle()
	fs.fault = always("write", unix.ENOSPC)
	r.push(event.Stall, 5)
	r.settleFor(60e9)
	if r.w.file == nil || fs.names["/log/ev.1"] != nil {
		t.Error("the file was given up")
	}
}

// TestStartsOnBadMedium: a start does not fail with the card, and what happens
// meanwhile is written when there is a good one.
func TestStartsOnBadMedium(t *testing.T) {
	for _, errno := range []unix.Errno{unix.EIO, unix.EROFS, unix.ENOSPC, unix.ENXIO} {
		fs := newFakeFS(1)
		fs.fault = always("open", errno)
		r := newRig(t, fs, nil)
		r.push(event.Stall, 5)
		r.settleFor(10e9)
		if len(r.said) != 1 || r.f.stats.Failures[OpOpen].Load() < 2 {
			t.Errorf("%v: said %q, %d failures", errno, r.said, r.f.stats.Failures[OpOpen].Load())
		}
		fs.fault = nil
		r.settleFor(10e9)
		r.balance()
		if err := complete(fs, 1, r.n); err != nil {
			t.Errorf("%v: %v", errno, err)
		}
	}
}
