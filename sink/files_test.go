package sink

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// TestCap: no generation exceeds it, whatever it is; only a row longer by
// itself does, and it stands alone.
func TestCap(t *testing.T) {
	for _, limit := range []int64{1, 30, 60, 75, 100, 150, 1000, 4096} {
		fs := newFakeFS(1)
		r := newRig(t, fs, func(o *Options) { o.MaxBytes, o.Generations, o.SyncInterval = limit, 500, 1e9 })
		for range 20 {
			r.push(event.Beat, 13)
			r.settle()
		}
		r.settleFor(10e9)
		r.balance()
		if err := complete(fs, 1, r.n); err != nil {
			t.Errorf("cap %d: %v", limit, err)
		}
		for name, node := range fs.names {
			if rows := countRows(node.data); int64(len(node.data)) > limit && rows != 1 {
				t.Errorf("cap %d: %s has %d bytes in %d rows", limit, name, len(node.data), rows)
			}
		}
		if first := fs.names["/log/ev.1"]; limit >= 150 && !strings.Contains(string(first.data[:30]), "start") {
			t.Errorf("cap %d: begins with %q", limit, first.data[:30])
		}
	}
}

// TestGenerations: never more than asked for, and the youngest ones.
func TestGenerations(t *testing.T) {
	for _, n := range []int{1, 2, 5} {
		fs := newFakeFS(1)
		r := newRig(t, fs, func(o *Options) { o.MaxBytes, o.Generations, o.SyncInterval = 500, n, 1e9 })
		for range 100 {
			r.push(event.Beat, 5)
			r.settle()
		}
		r.settleFor(2e9)
		if len(fs.names) != n+1 {
			t.Errorf("%d files, expected %d", len(fs.names), n+1)
		}
		if err := consecutive(fs, r.n); err != nil {
			t.Error(err)
		}
	}
}

// TestGap: a number that is missing is filled before anything is dropped.
func TestGap(t *testing.T) {
	fs := newFakeFS(1)
	for _, g := range []string{"1", "2", "4", "5"} {
		fs.change(nameChange{to: "/log/ev." + g, node: &inode{data: []byte(g + "\n")}})
	}
	r := newRig(t, fs, func(o *Options) { o.Generations, o.MaxBytes = 5, 500 })
	r.push(event.Beat, 20)
	r.settle()
	for g, want := range map[string]string{"2": "1\n", "3": "2\n", "4": "4\n", "5": "5\n"} {
		if got := string(fs.names["/log/ev."+g].data); got != want {
			t.Errorf("ev.%s holds %q, expected %q", g, got, want)
		}
	}
}

func TestRepair(t *testing.T) {
	good := string(appendTestRow(nil, &event.Record{Kind: event.Beat, ID: 9, Nonce: 1}))
	nuls := func(n int) string { return strings.Repeat("\x00", n) }
	long := strings.Repeat(good, 3000) // longer than what is read
	for _, c := range []struct{ name, file, want string }{
		{"whole", good, good},
		{"torn", good + good[:20], good},
		{"only torn", good[:20], ""},
		{"NUL tail", good + nuls(5000), good},
		{"torn, then NULs", good + good[:9] + nuls(700), good},
		{"all NULs", nuls(97155), ""},
		{"hole", good + good[:9] + nuls(600) + good[7:] + good, good},
		{"two holes", good + nuls(20) + good + nuls(20000) + good, good},
		{"NULs longer than what is read", long + nuls(300000), long},
		{"long and torn", long + good[:1], long},
	} {
		for _, name := range []string{"/log/ev", "/log/ev.1", "/log/ev.3"} {
			fs := newFakeFS(1)
			fs.change(nameChange{to: name, node: &inode{data: []byte(c.file), base: []byte(c.file)}})
			r := newRig(t, fs, func(o *Options) { o.MaxBytes = 0 })
			got := string(fs.names[name].data)
			if name == "/log/ev" {
				got, _, _ = strings.Cut(got, string(appendTestRow(nil, &event.Record{At: r.now, Kind: event.Start, ID: 1})))
			}
			if got != c.want {
				t.Errorf("%s, %s: %d bytes left, expected %d", c.name, name, len(got), len(c.want))
			}
			cut := len(c.file) - len(c.want)
			if n := r.f.stats.Repaired.Load(); n != uint64(cut) || (cut > 0) != (r.saidSuch("cut a torn tail") == 1) {
				t.Errorf("%s, %s: %d bytes counted, expected %d; said %q", c.name, name, n, cut, r.said)
			}
		}
	}
}

// TestDamaged: nothing is appended to a file that cannot be read or cut.
func TestDamaged(t *testing.T) {
	for _, op := range []string{"read", "truncate", "fdatasync"} {
		fs := newFakeFS(1)
		torn := []byte("1\tbeat\t1")
		fs.change(nameChange{to: "/log/ev", node: &inode{data: torn, base: torn}})
		once := true
		fs.fault = func(got, _ string, _ int) fail {
			if got == op && once {
				once = false
				return fail{err: unix.EIO}
			}
			return fail{}
		}
		r := newRig(t, fs, nil)
		r.settleFor(1e9)
		if old := fs.names["/log/ev.1"]; old == nil || strings.Contains(string(old.data), "start") {
			t.Errorf("%s: not moved aside: %q", op, r.said)
		}
		if err := r.open(); err != nil {
			t.Fatal(err)
		}
		if _, err := read(fs); err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
}

// TestReopen: after a rename from outside rows go to the new file and the old
// one is synced; without one, or when it fails, nothing changes.
func TestReopen(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, func(o *Options) { o.SyncInterval = 1e9 })
	r.push(event.Beat, 3)
	r.settle()
	if err := fs.Rename("/log/ev\x00", "/log/ev.99\x00"); err != nil {
		t.Fatal(err)
	}
	fs.fault = func(op, _ string, _ int) fail {
		if op == "open" {
			return fail{err: unix.EACCES}
		}
		return fail{}
	}
	r.f.reopen.Store(true)
	r.push(event.Beat, 3)
	r.settle()
	if n := countRows(fs.names["/log/ev.99"].data); n != 7 {
		t.Errorf("%d rows in the old file while the new one cannot be opened, expected 7", n)
	}
	fs.fault = nil
	r.settleFor(reopenPauseNS)
	r.push(event.Beat, 3)
	r.settleFor(2e9)
	r.balance()
	fresh := fs.names["/log/ev"]
	if fresh == nil || countRows(fresh.data) != 4 || !fs.names["/log/ev.99"].synced || len(fs.pending) > 0 {
		t.Fatalf("new file %v", fresh)
	}
	r.f.reopen.Store(true)
	r.push(event.Beat, 3)
	r.settleFor(2e9)
	r.balance()
	if countRows(fresh.data) != 7 {
		t.Errorf("%d rows, expected no second start row in the same file", countRows(fresh.data))
	}
	if err := complete(fs, 1, r.n); err != nil {
		t.Error(err)
	}
}

// TestCopyTruncate: a file cut from outside is not rotated before its time.
func TestCopyTruncate(t *testing.T) {
	fs := newFakeFS(1)
	r := newRig(t, fs, nil)
	r.push(event.Beat, 60)
	r.settle()
	fs.names["/log/ev"].change(change{})
	r.push(event.Beat, 60)
	r.settle()
	if _, err := read(fs); err != nil || fs.names["/log/ev.1"] != nil {
		t.Errorf("rotated, or %v", err)
	}
}

// TestDevice: what is no file is written to, never renamed, cut or synced.
func TestDevice(t *testing.T) {
	fs := newFakeFS(1)
	fs.names["/log/ev"] = &inode{device: true}
	var ops []string
	fs.before = func(op, _ string) { ops = append(ops, op) }
	r := newRig(t, fs, func(o *Options) { o.MaxBytes = 100 })
	r.push(event.Stall, 1000)
	r.settleFor(10e9)
	for _, op := range []string{"rename", "truncate", "fdatasync", "unlink"} {
		if slices.Contains(ops, op) {
			t.Errorf("%s of a device", op)
		}
	}
	r.close()
	if r.w.left != 0 || r.f.stats.Synced.Load() != 0 {
		t.Errorf("%d left; %s", r.w.left, r.figures())
	}
}

func ExamplePath() {
	p, _ := NewPath("/var/log/ev.1")
	_, err := NewPath("a\x00b")
	fmt.Printf("%q %s %v\n", string(p), p, err)
	// Output: "/var/log/ev.1\x00" /var/log/ev.1 path "a\x00b": expected one byte at least and no NUL: invalid argument
}
