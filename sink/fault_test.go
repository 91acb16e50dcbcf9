package sink

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// consecutive checks that the rows of run 1 that survive are without a gap up
// to last, and that nothing is glued.
func consecutive(fs *fakeFS, last uint64) error {
	rows, err := read(fs)
	if err != nil {
		return err
	}
	seen := numbers(rows, 1)
	if seen[last] == 0 {
		return fmt.Errorf("row %d, the last, is missing", last)
	}
	for n := slices.Min(slices.Collect(maps.Keys(seen))); n < last; n++ {
		if seen[n] == 0 {
			return fmt.Errorf("row %d is missing", n)
		}
	}
	return nil
}

// TestOperationFails lets each operation fail in the midst of a run with
// rotations, once or for some seconds, and expects every row in the end.
func TestOperationFails(t *testing.T) {
	ops := []string{"open", "write", "fdatasync", "syncdir", "rename", "exists", "size", "truncate", "unlink"}
	for _, op := range ops {
		for _, errno := range []unix.Errno{unix.EIO, unix.ENOSPC, unix.EROFS, unix.ENOENT} {
			for _, often := range []string{"once", "for3s"} {
				t.Run(fmt.Sprintf("%s/%s/%s", op, unix.ErrnoName(errno), often), func(t *testing.T) {
					operationFails(t, op, errno, often == "once")
				})
			}
		}
	}
}

func operationFails(t *testing.T, op string, errno unix.Errno, once bool) {
	if errno == unix.ENOENT && (op == "rename" || op == "unlink" || op == "exists") {
		t.Skip("says that the file is not there")
	}
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.SyncInterval = 1e9 })
	r.push(event.Beat, 100)
	r.settle()
	hits := 0
	fs.fault = func(got, _ string, n int) fail {
		if got == op && (!once || hits == 0) {
			hits++
			return fail{err: errno, part: n / 2}
		}
		if got == "write" && (op == "truncate" || op == "size") && hits == 0 { // they follow a torn write
			return fail{err: unix.EIO, part: n / 2}
		}
		return fail{}
	}
	for range 30 {
		r.push(event.Beat, 10)
		r.settleFor(100e6)
	}
	fs.fault = nil
	r.push(event.Beat, 1)
	r.settleFor(20e9)
	r.balance()
	if r.w.trouble.some || r.step() != 0 {
		t.Errorf("not quiet after the disk is well again: %+v", r.w.trouble)
	}
	checkFailures(t, r, op, hits)
	if err := r.open(); err != nil { // cuts what could not be cut
		t.Fatal(err)
	}
	if err := consecutive(fs, r.n); err != nil {
		t.Error(err)
	}
	if errno != unix.ENOSPC {
		if err := complete(fs, 1, r.n); err != nil {
			t.Error(err)
		}
	}
}

// checkFailures expects what happened to be counted, and said with restraint.
func checkFailures(t *testing.T, r *rig, op string, hits int) {
	failures := uint64(0)
	for i := range r.f.stats.Failures {
		failures += r.f.stats.Failures[i].Load()
	}
	if op != "unlink" && op != "size" && (hits == 0 || failures == 0 || len(r.said) == 0) {
		t.Errorf("hit %d times, %d counted, said %q", hits, failures, r.said)
	}
	if len(r.said) > 40 {
		t.Errorf("said %d things", len(r.said))
	}
}

// TestFailedSync: the file of a failed fdatasync is never synced again, and the
// rows since the last good one stand in the next generation as well.
func TestFailedSync(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, nil)
	r.push(event.Beat, 7)
	r.settle()
	fs.fault = func(op, _ string, _ int) fail {
		if op == "fdatasync" {
			return fail{err: unix.EIO}
		}
		return fail{}
	}
	r.push(event.Beat, 7)
	r.settle()
	if got := r.f.stats.Synced.Load(); got != 7 {
		t.Errorf("%d rows count as synced, expected 7", got)
	}
	r.settleFor(30e9) // more failures, one generation
	failed := r.f.stats.Failures[OpSync].Load()
	if failed < 5 || failed > 20 {
		t.Errorf("%d failures in 30 s, expected a pause that doubles to 5 s", failed)
	}
	if fs.names["/log/ev.2"] != nil {
		t.Error("files without a synced row push good generations out")
	}
	fs.fault = nil
	r.settleFor(10e9)
	r.balance()
	rows, err := read(fs)
	if err != nil {
		t.Fatal(err)
	}
	again := slices.ContainsFunc(rows, func(r row) bool { return r.file == "/log/ev" && r.n == 8 })
	if first := rows[slices.IndexFunc(rows, func(r row) bool { return r.file == "/log/ev" })]; !again || first.kind != "start" {
		t.Errorf("the new generation begins with %+v and has row 8: %v", first, again)
	}
	if n := r.saidSuch("/log/ev: fdatasync: input/output error"); n != 1 {
		t.Errorf("said %d times: %q", n, r.said)
	}
	if n := r.saidSuch("sync works again"); n != 1 {
		t.Errorf("back again said %d times: %q", n, r.said)
	}
}

// TestSlowSync: rows can be read while a sync does not come back, across a rotation too.
func TestSlowSync(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, nil)
	for range 15 {
		r.push(event.Beat, 8)
		r.step()
		if err := complete(fs, 1, r.n); err != nil {
			t.Fatal(err)
		}
	}
	if r.jobs != 1 || fs.names["/log/ev.1"] == nil || r.f.stats.Synced.Load() != 0 {
		t.Errorf("%d syncs begun; %s", r.jobs, r.figures())
	}
	before := r.jobs
	r.settle()
	r.balance()
	if n := r.jobs - before; n > 2 {
		t.Errorf("%d syncs for what waited, expected a group commit", n)
	}
}
