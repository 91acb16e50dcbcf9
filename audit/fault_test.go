package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/sink"
)

// TestOperationFails lets each operation fail in the midst of a run with
// rotations, once or for some seconds, and expects every record in the end.
func TestOperationFails(t *testing.T) {
	for _, op := range []string{"open", "write", "fdatasync", "syncdir", "rename", "exists", "size", "truncate", "read"} {
		for _, errno := range []unix.Errno{unix.EIO, unix.ENOSPC, unix.EROFS} {
			for _, hits := range []int{1, 1 << 30} {
				t.Run(fmt.Sprintf("%s/%s/%d", op, unix.ErrnoName(errno), hits), func(t *testing.T) {
					operationFails(t, op, errno, hits)
				})
			}
		}
	}
}

func operationFails(t *testing.T, op string, errno unix.Errno, most int) {
	d := newDisk(1)
	r := newRig(t, d, func(o *Options) { o.MaxBytes, o.Generations = 4096, 60 })
	r.refuse(10)
	r.settle(0)
	hits := 0
	d.fault = func(got, _ string, n int) (int, error) {
		if got == op && hits < most {
			hits++
			return n / 2, errno
		}
		follows := op == "truncate" || op == "size" || op == "read"
		if got == "fdatasync" && follows && hits == 0 { // what they come after
			return 0, unix.EIO
		}
		return 0, nil
	}
	for range 30 {
		r.refuse(10)
		r.settle(500e6)
	}
	d.fault = nil
	r.refuse(1)
	r.settle(20e9)
	r.allThere()
	totals := r.whole()
	if s := &r.f.stats; s.Synced.Load() != totals.Records || s.Dropped.Load() != 0 {
		t.Errorf("%d of %d synced, %d dropped", s.Synced.Load(), totals.Records, s.Dropped.Load())
	}
	if r.w.trouble.some || r.w.step() != 0 {
		t.Errorf("not quiet after the disk is well again: %+v", r.w.trouble)
	}
	if hits == 0 {
		t.Error("never hit")
	}
	failures := uint64(0)
	for i := range r.f.stats.Failures {
		failures += r.f.stats.Failures[i].Load()
	}
	if failures == 0 || len(r.said) == 0 || len(r.said) > 12 {
		t.Errorf("%d failures counted, said %q", failures, r.said)
	}
}

// TestFailedSync: the file is cut to what is safe and written once more before
// it is synced again.
func TestFailedSync(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, nil)
	r.refuse(2)
	r.settle(0)
	safe := len(d.text("/log/a"))
	var ops []string
	d.fault = func(op, _ string, _ int) (int, error) {
		ops = append(ops, op)
		if op == "fdatasync" && !slices.Contains(ops[:len(ops)-1], op) {
			return 0, unix.EIO
		}
		return 0, nil
	}
	d.before = func(op, _ string) {
		if op == "fdatasync" && slices.Contains(ops, op) && len(d.names["/log/a"].data) <= safe {
			t.Error("synced before it was written again")
		}
	}
	r.refuse(2)
	r.settle(0)
	if got := r.f.stats.Synced.Load(); got != 3 {
		t.Errorf("%d records count as synced, expected 3", got)
	}
	r.settle(1e9)
	if got, want := strings.Join(ops, " "), "write write fdatasync size truncate write write fdatasync"; got != want {
		t.Errorf("%s, expected %s", got, want)
	}
	r.allThere()
	if got := r.whole(); got.Records != 5 || r.f.stats.Synced.Load() != 5 || r.f.stats.Records.Load() != 5 {
		t.Errorf("%+v; %d synced of %d", got, r.f.stats.Synced.Load(), r.f.stats.Records.Load())
	}
	if string(d.names["/log/a"].sure) != d.text("/log/a") {
		t.Error("not all of it is on the disk")
	}
}

// TestFullDisk: records wait in the ring, what is beyond it is told, and all
// goes on when there is room again.
func TestFullDisk(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, func(o *Options) { o.Queue = 128 })
	r.settle(0)
	d.fault = always("write", unix.ENOSPC)
	for range 100 {
		r.refuse(20)
		r.settle(1e9)
	}
	lost := 2000 - len(r.w.pending) - 128
	if got := int(r.f.stats.Dropped.Load()); lost <= 0 || got < lost-2 || got > lost+2 {
		t.Errorf("%d dropped, %d in memory", got, len(r.w.pending)+128)
	}
	if failed := r.f.stats.Failures[sink.OpWrite].Load(); failed < 15 || failed > 40 {
		t.Errorf("%d attempts in 100 s, expected a pause that doubles to 5 s", failed)
	}
	d.fault = nil
	r.refuse(1) // no room for it, but the news of it
	r.settle(10e9)
	r.whole()
	got := r.d.agents("refused")
	told := 0
	for line := range strings.Lines(d.text("/log/a")) {
		if _, after, ok := strings.Cut(line, "\tlost:"); ok {
			n := 0
			fmt.Sscan(after, &n)
			told += n
		}
	}
	if told != int(r.f.stats.Dropped.Load()) || len(got)+told < 2001 {
		t.Errorf("%d records and %d told lost of 2001; %d dropped", len(got), told, r.f.stats.Dropped.Load())
	}
	if n := r.saidSuch("/log/a: write: no space left on device"); n != 1 || r.saidSuch("write works again") != 1 {
		t.Errorf("said %q", r.said)
	}
}

// TestCloseOnBadDisk: the end tries a few times, and says how many are open.
func TestCloseOnBadDisk(t *testing.T) {
	for _, c := range []struct {
		op    string
		errno unix.Errno
	}{{"fdatasync", unix.EIO}, {"fdatasync", unix.ENOSPC}, {"write", unix.ENOSPC}, {"syncdir", unix.EIO}} {
		d := newDisk(1)
		d.fault = always(c.op, c.errno)
		r := newRig(t, d, nil)
		steps := 0
		d.before = func(string, string) { steps++ }
		r.refuse(70)
		r.close()
		if left := r.f.taken.Load() - r.f.done.Load(); left != 70 || steps > 300 {
			t.Errorf("%s: %d left after %d operations", c.op, left, steps)
		}
	}
}

// TestUnsyncable: a file system without fdatasync is written to all the same,
// over rotations, and says so once.
func TestUnsyncable(t *testing.T) {
	d := newDisk(1)
	d.fault = always("fdatasync", unix.EINVAL)
	r := newRig(t, d, func(o *Options) { o.MaxBytes = 4096 })
	for range 10 {
		r.refuse(10)
		r.settle(100e6)
	}
	r.allThere()
	r.whole()
	if n := r.saidSuch("cannot be synced"); n != 1 || r.f.stats.Synced.Load() != 0 || d.names["/log/a.2"] == nil {
		t.Errorf("said %q, %d synced", r.said, r.f.stats.Synced.Load())
	}
	r.close()
	if r.f.taken.Load() != r.f.done.Load() {
		t.Error("not done")
	}
}

// TestErrorsKeepErrno: what is said names call, path and errno.
func TestErrorsKeepErrno(t *testing.T) {
	p, _ := sink.NewPath("/log/a")
	err := callError("open", p, unix.EROFS)
	if !errors.Is(err, unix.EROFS) || err.Error() != "/log/a: open: read-only file system" {
		t.Errorf("%v", err)
	}
}
