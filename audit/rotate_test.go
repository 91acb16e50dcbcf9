package audit

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRotation: no file exceeds the cap, each begins with header and boot
// record, five old ones are kept, and seq goes on over all of them.
func TestRotation(t *testing.T) {
	for _, every := range []int{1, 1000} {
		d := newDisk(1)
		r := newRig(t, d, func(o *Options) { o.MaxBytes, o.SyncEvery = 4096, every })
		for range 30 {
			r.refuse(10)
			r.settle(0)
		}
		names := slices.Sorted(maps.Keys(d.names))
		if len(names) != 6 || names[5] != "/log/a.5" {
			t.Fatalf("%q", names)
		}
		for _, name := range names {
			lines := strings.SplitN(d.text(name), "\n", 3)
			col := strings.Split(lines[1], "\t")
			if len(d.text(name)) > 4096 || lines[0] != plainHeader || len(col) != 8 || col[3] != "boot" || col[6] != "rotation" || col[5] == "-" {
				t.Errorf("%s: %d bytes, %q", name, len(d.text(name)), lines[:2])
			}
			if name != "/log/a" && len(d.text(name)) < 4096-200 {
				t.Errorf("%s: %d bytes", name, len(d.text(name)))
			}
		}
		if got := r.whole(); got.Last != 300+1+r.f.stats.Rotations.Load() || got.Files != 6 {
			t.Errorf("%+v; %d rotations", got, r.f.stats.Rotations.Load())
		}
	}
}

// TestRotationOrder: sync, rename, create, sync of the folder, and only then a
// line in the new file, whose head is synced before anything else.
func TestRotationOrder(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, func(o *Options) { o.MaxBytes, o.SyncEvery = 4096, 1000 })
	r.settle(0)
	var ops []string
	d.before = func(op, name string) {
		ops = append(ops, strings.TrimSpace(op+" "+strings.TrimPrefix(strings.TrimPrefix(name, "/log"), "/")))
	}
	for r.f.stats.Rotations.Load() == 0 {
		ops = ops[:0]
		r.refuse(1)
		r.settle(0)
	}
	got := strings.Join(ops, ", ")
	if want := "fdatasync a, exists a.1, rename a, exists a, open a, size a, syncdir, write a, write a, fdatasync a, write a"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestRotationStepFails lets the nth operation of a rotation fail once, and
// cuts the power behind it: no record is lost, no file exceeds the cap.
func TestRotationStepFails(t *testing.T) {
	for n := range 12 {
		for _, older := range []int{0, 1, 7} {
			t.Run(fmt.Sprintf("%d/%d", n, older), func(t *testing.T) { rotationStepFails(t, n, older) })
		}
	}
}

func rotationStepFails(t *testing.T, n, older int) {
	d := newDisk(1)
	r := newRig(t, d, func(o *Options) { o.MaxBytes = 4096 })
	for int(r.f.stats.Rotations.Load()) < older {
		r.refuse(1)
		r.settle(0)
	}
	for len(d.text("/log/a")) < 4096-150 {
		r.refuse(1)
		r.settle(0)
	}
	first := r.n
	steps := 0
	d.fault = func(op, name string, bytes int) (int, error) {
		if steps++; steps-1 == n {
			return bytes / 2, unix.EIO
		}
		return 0, nil
	}
	for range 5 {
		r.refuse(2)
		r.settle(0)
	}
	after := d.cut(uint64(n))
	d.fault = nil
	r.settle(1e9)
	if steps <= n {
		t.Fatalf("only %d steps", steps)
	}
	got := d.agents("refused")
	if got[len(got)-1] != fmt.Sprint(first+10) {
		t.Errorf("ends with %s, expected %d", got[len(got)-1], first+10)
	}
	totals := r.whole()
	if totals.Last != uint64(r.n)+1+r.f.stats.Rotations.Load() || r.f.stats.Synced.Load() != totals.Last {
		t.Errorf("%+v; %d rotations", totals, r.f.stats.Rotations.Load())
	}
	for name, node := range d.names {
		if len(node.data) > 4096 {
			t.Errorf("%s: %d bytes", name, len(node.data))
		}
	}
	again := newRig(t, after, func(o *Options) { o.MaxBytes = 4096 })
	again.settle(0)
	if got := again.whole(); got.Restarts > 0 || got.Last < uint64(first) {
		t.Errorf("after a power cut: %+v", got)
	}
}

// TestStartOnFullFile: the boot record that does not fit begins the next file.
func TestStartOnFullFile(t *testing.T) {
	v1 := v1Header + "\n" + strings.Repeat("17\tspawn\t3\t-\n", 350)
	bodies := []string{plainHeader, boot1}
	full, last := "", ""
	for n := 2; len(full) < 4096-100; n++ {
		bodies = append(bodies, fmt.Sprintf("%d\t6\t0\trefused\t9\tdebounced", n))
		full, last = chained(nil, "-", bodies...)
	}
	for _, c := range []struct{ before, prev, boot string }{
		{full, last, bootLine(len(bodies), "PREV", "resume")},
		{v1, "-", bootLine(1, "-", "legacy_v1")},
	} {
		d := newDisk(1).with("/log/a", c.before)
		var ops []string
		d.before = func(op, _ string) { ops = append(ops, op) }
		r := newRig(t, d, func(o *Options) { o.MaxBytes = 4096 })
		r.settle(0)
		if at := slices.Index(ops, "rename"); at < 0 || !slices.Contains(ops[:at], "fdatasync") {
			t.Errorf("%q: what an earlier run has left is not synced before it is renamed", ops)
		}
		want, _ := chained(nil, c.prev, plainHeader, c.boot)
		if d.text("/log/a") != want || d.text("/log/a.1") != c.before {
			t.Errorf("got %q\nand %d bytes before it\nwant %q", tailOf(d.text("/log/a")), len(d.text("/log/a.1")), want)
		}
		r.whole()
	}
}

// TestLongerThanTheCap: a record that does not fit into a file of its own still gets one.
func TestLongerThanTheCap(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, func(o *Options) { o.MaxBytes = 1 })
	c := r.f.Command("/"+strings.Repeat("p", 5000), "inline")
	r.f.Spawn(Agent{ID: 5}, 6, c, 9)
	r.f.Spawn(Agent{ID: 5}, 7, c, 9)
	r.settle(0)
	if got := r.whole(); got.Records != 4 || got.Files != 2 {
		t.Errorf("%+v", got)
	}
}

// TestCadence: the boot record at once, others by number or age.
func TestCadence(t *testing.T) {
	r := newRig(t, newDisk(1), func(o *Options) { o.SyncEvery, o.SyncInterval = 10, 3e9 })
	synced := func(want uint64) {
		t.Helper()
		if got := r.f.stats.Synced.Load(); got != want {
			t.Errorf("%d synced, expected %d", got, want)
		}
	}
	r.settle(0)
	synced(1)
	r.refuse(9)
	r.settle(1e9)
	synced(1)
	r.refuse(1)
	r.settle(0)
	synced(11)
	r.refuse(1)
	r.settle(2e9)
	synced(11)
	r.settle(1e9)
	synced(12)
	if r.w.step() != 0 {
		t.Error("an idle log wants to be woken")
	}
	r.refuse(1)
	r.settle(0)
	r.close()
	synced(13)
}

// TestBudgets: a slow sync and a slow rotation are counted.
func TestBudgets(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, func(o *Options) { o.MaxBytes = 4096 })
	r.settle(0)
	d.before = func(op, _ string) {
		if op == "fdatasync" || op == "rename" {
			r.now += 60e6
		}
	}
	r.refuse(40)
	r.settle(0)
	s := &r.f.stats
	if s.SyncBudgetExceeded.Load() == 0 || s.SyncBudgetExceeded.Load() != s.SyncBuckets[4].Load() || s.SyncSumNS.Load() != 60e6*s.SyncBuckets[4].Load() {
		t.Errorf("%d syncs over budget, %d in the bucket, %d ns", s.SyncBudgetExceeded.Load(), s.SyncBuckets[4].Load(), s.SyncSumNS.Load())
	}
	if s.RotationBudgetExceeded.Load() != 1 || s.Rotations.Load() != 1 {
		t.Errorf("%d of %d rotations over budget", s.RotationBudgetExceeded.Load(), s.Rotations.Load())
	}
}
