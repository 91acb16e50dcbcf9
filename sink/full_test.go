package sink

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// TestFullDisk: generations go, then rows wait, then they are lost and the
// loss is a row, then all goes on without a restart.
func TestFullDisk(t *testing.T) {
	fs := newFakeFS(1)
	fs.free = 20000
	r := newRig(t, fs, func(o *Options) { o.Beats, o.Generations, o.SyncInterval = 512, 20, 1e9 })
	for range 100 {
		r.push(event.Beat, 20)
		r.settle()
	}
	if err := consecutive(fs, r.n); err != nil {
		t.Error(err)
	}
	fs.free = 0
	gone := r.n
	other := fs.fault
	fs.fault = func(op, _ string, _ int) fail {
		if op == "write" {
			return fail{err: unix.ENOSPC}
		}
		return fail{}
	}
	for range 200 {
		r.push(event.Beat, 20)
		r.settleFor(10e6)
	}
	for g := range 20 {
		if fs.names[fmt.Sprintf("/log/ev.%d", g+1)] != nil {
			t.Errorf("generation %d was not given up", g+1)
		}
	}
	fs.fault, fs.free = other, 1<<20
	r.settleFor(10e9)
	r.balance()
	s := &r.f.stats
	if s.LostDisk.Load() == 0 || s.LostRing.Load() != 0 {
		t.Errorf("lost: %s", r.figures())
	}
	rows := runOf(t, fs)
	if lost := lostBy(rows, event.LostDisk); lost != s.LostDisk.Load() {
		t.Errorf("lost rows say %d, the counter %d", lost, s.LostDisk.Load())
	}
	if n := numbers(rows, 1)[gone+1]; n == 0 {
		t.Errorf("row %d, the first after the disk was full, did not wait", gone+1)
	}
}

// TestFullFile: a file that can grow no more, as beyond 4 GiB on FAT, is
// followed by the next one. Where not even a row fits behind the start row, none
// is begun after the other.
func TestFullFile(t *testing.T) {
	for _, c := range []struct{ most, lost int }{{2000, 0}, {60, 300}} {
		fs := newFakeFS(1)
		r := newRig(t, fs, func(o *Options) { o.MaxBytes, o.Generations = 0, 99 })
		fs.fault = func(op, name string, n int) fail {
			if op != "write" || len(fs.names[name].data)+n <= c.most {
				return fail{}
			}
			return fail{err: unix.EFBIG, part: max(c.most-len(fs.names[name].data), 0)}
		}
		for range 15 {
			r.push(event.Beat, 20)
			r.settle()
		}
		r.close()
		r.balance()
		if lost := int(r.f.stats.LostDisk.Load()); lost != c.lost {
			t.Errorf("%d rows lost, expected %d: %s", lost, c.lost, r.figures())
		}
		if rotations := r.f.stats.Rotations.Load(); c.lost > 0 && rotations > 5 {
			t.Errorf("%d files begun", rotations)
		}
		if err := consecutive(fs, r.n); c.lost == 0 && err != nil {
			t.Error(err)
		}
	}
}

// TestCloseFailing: a disk that only fails holds up nobody, and what is lost is said.
func TestCloseFailing(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, nil)
	fs.fault = func(op, _ string, _ int) fail {
		if op == "write" {
			return fail{err: unix.EIO}
		}
		return fail{}
	}
	r.push(event.Beat, 1000)
	r.settle()
	r.close()
	if r.w.left != 1000 {
		t.Errorf("%d rows left, expected 1000", r.w.left)
	}
	r.balance()
}

// TestOpenFails: the error names call, path and errno.
func TestOpenFails(t *testing.T) {
	fs := newFakeFS(1)
	fs.fault = func(op, _ string, _ int) fail { return fail{err: unix.EACCES} }
	o := options(fs, func() int64 { return 0 }, 1)
	if _, err := Open(o); err == nil || err.Error() != "/log/ev: open: permission denied" {
		t.Errorf("error %v", err)
	}
	o.Path = "/log/\x00"
	if _, err := Open(o); err == nil || !strings.Contains(err.Error(), "no NUL") {
		t.Errorf("error %v", err)
	}
}
