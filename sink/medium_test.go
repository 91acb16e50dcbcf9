package sink

import (
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// always fails one operation with errno.
func always(op string, errno unix.Errno) func(string, string, int) fail {
	return func(got, _ string, _ int) fail {
		if got == op {
			return fail{err: errno}
		}
		return fail{}
	}
}

// TestCloseOnBadDisk: the end tries a few times, and what could be written
// stands in the file.
func TestCloseOnBadDisk(t *testing.T) {
	for _, c := range []struct {
		op    string
		errno unix.Errno
	}{{"fdatasync", unix.EIO}, {"fdatasync", unix.ENOSPC}, {"write", unix.ENOSPC}} {
		fs := newFakeFS(1)
		r := newRig(t, fs, func(o *Options) { o.Generations = 3 })
		calls := 0
		bad := always(c.op, c.errno)
		fs.fault = func(op, name string, n int) fail { calls++; return bad(op, name, n) }
		r.push(event.Stall, 70)
		r.close()
		if calls > 80 {
			t.Errorf("%s %v: %d operations to give up", c.op, c.errno, calls)
		}
		if r.w.left != 70 {
			t.Errorf("%s %v: %d rows left, expected 70", c.op, c.errno, r.w.left)
		}
		if c.op != "write" && len(numbers(runOf(t, fs), 1)) != 70 {
			t.Errorf("%s %v: %d of 70 rows in the files", c.op, c.errno, len(numbers(runOf(t, fs), 1)))
		}
	}
}

// TestUnsyncable: a file system without fdatasync is written to all the same,
// over rotations, and says so once.
func TestUnsyncable(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, nil)
	fs.fault = always("fdatasync", unix.EINVAL)
	for range 40 {
		r.push(event.Beat, 10)
		r.settleFor(100e6)
	}
	if err := complete(fs, 1, r.n); err != nil {
		t.Error(err)
	}
	if fs.names["/log/ev.3"] == nil {
		t.Error("no rotations")
	}
	if n := r.saidSuch("cannot be synced"); n != 1 {
		t.Errorf("said %d times: %q", n, r.said)
	}
}

// TestMediumChanged: a file that can no longer be written to is left for what
// is now under its path.
func TestMediumChanged(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, nil)
	r.push(event.Stall, 3)
	r.settle()
	opened := false
	fs.fault = func(op, _ string, _ int) fail {
		opened = opened || op == "open"
		if op == "write" && !opened {
			return fail{err: unix.EIO}
		}
		return fail{}
	}
	clear(fs.names) // another medium, mounted over the first
	r.push(event.Stall, 5)
	r.settleFor(30e9)
	if got := numbers(runOf(t, fs), 1); len(got) != 5 || got[4] == 0 {
		t.Errorf("on the new medium: %v; %s", got, r.figures())
	}
	r.balance()
}

// TestFullAtSync: where the disk is found full only by the sync, the oldest
// generation goes as well.
func TestFullAtSync(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.MaxBytes, o.Generations = 500, 3 })
	for range 30 {
		r.push(event.Stall, 3)
		r.settle()
	}
	fs.fault = func(op, _ string, _ int) fail {
		if op == "fdatasync" && fs.names["/log/ev.3"] != nil {
			return fail{err: unix.ENOSPC}
		}
		return fail{}
	}
	r.push(event.Stall, 3)
	r.settleFor(30e9)
	r.balance()
	if n := r.saidSuch("no space left: deleted /log/ev.3"); n == 0 || n > 3 {
		t.Errorf("%d generations given up: %q", n, r.said)
	}
}

// TestCutFromOutside: copytruncate while a sync is about to fail leaves no
// half row behind.
func TestCutFromOutside(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.MaxBytes = 1 << 20 })
	r.push(event.Stall, 5)
	r.settle()
	r.push(event.Stall, 3)
	r.step() // a sync is under way
	fs.names["/log/ev"].data = nil
	fs.fault = always("fdatasync", unix.EIO)
	r.push(event.Beat, 40)
	r.step()
	r.sync()
	fs.fault = nil
	r.settleFor(30e9)
	r.balance()
	noneGlued(t, fs)
}
