package audit

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMediumChanged: a file that can no longer be written to is left for what
// is now under its path, with all that was not safe; the chain goes on.
func TestMediumChanged(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, nil)
	r.refuse(3)
	r.settle(0)
	opens := d.opens
	d.fault = func(op, _ string, n int) (int, error) {
		if op == "write" && d.opens == opens {
			return n / 3, unix.EIO
		}
		return 0, nil
	}
	before := d.text("/log/a")
	clear(d.names) // another medium, mounted over the first
	r.refuse(5)
	r.settle(30e9)
	text := d.text("/log/a")
	if !strings.HasPrefix(text, plainHeader+"\n5\t") || !strings.Contains(text, "\trotation\t") {
		t.Errorf("on the new medium: %q", text)
	}
	d.with("/log/a.1", before)
	r.allThere()
	r.whole()
}

// TestMediumWithAnother: a log that is there already, and as long, is not ours;
// what was not safe goes behind its last record.
func TestMediumWithAnother(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, nil)
	r.refuse(3)
	r.settle(0)
	other := newRig(t, newDisk(1), func(o *Options) { o.PID = 412 })
	other.refuse(3)
	other.settle(0)
	opens, before := d.opens, other.d.text("/log/a")
	d.fault = func(op, _ string, _ int) (int, error) {
		if op == "write" && d.opens == opens {
			return 0, unix.EIO
		}
		return 0, nil
	}
	d.with("/log/a", before)
	r.refuse(2)
	r.settle(30e9)
	if text := d.text("/log/a"); !strings.HasPrefix(text, before+"5\t") || strings.Count(text, "resume") != 1 || len(d.agents("refused")) != 5 {
		t.Errorf("%s", text)
	}
	r.whole()
}

// TestForeignHand: what somebody else has appended is not cut off with our own
// lines, and those are written behind it.
func TestForeignHand(t *testing.T) {
	for _, at := range []string{"before", "behind"} {
		d := newDisk(1)
		r := newRig(t, d, func(o *Options) { o.SyncEvery = 3 })
		r.refuse(3)
		r.settle(0)
		hand := func() {
			n := d.names["/log/a"]
			n.do(edit{len(n.data), []byte("who was here\n")})
		}
		r.refuse(1)
		r.settle(0)
		if at == "before" {
			hand()
		}
		failed := false
		d.fault = func(op, _ string, _ int) (int, error) {
			if op == "fdatasync" && !failed {
				failed = true
				if at == "behind" {
					hand()
				}
				return 0, unix.EIO
			}
			return 0, nil
		}
		r.refuse(2)
		r.settle(30e9)
		totals, notes := d.verify(Query{})
		text := d.text("/log/a")
		if !failed || strings.Count(text, "who was here") != 1 || totals.Restarts > 0 || len(d.agents("refused")) < 6 {
			t.Errorf("%s: %+v\n%s", at, totals, text)
		}
		for _, n := range notes {
			if n.Broken && at == "behind" {
				t.Errorf("%s: %+v", at, n)
			}
		}
	}
}

// TestReopen: whoever has moved the file away gets a new one; one that is still
// there is gone on with.
func TestReopen(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, func(o *Options) { o.SyncEvery = 100 })
	reopen := func() {
		r.refuse(2)
		r.f.reopen.Store(true)
		r.settle(0)
		r.refuse(2)
		r.settle(0)
	}
	reopen()
	if strings.Count(d.text("/log/a"), "boot") != 1 {
		t.Errorf("the same file: %s", d.text("/log/a"))
	}
	d.names["/log/a.1"] = d.names["/log/a"]
	delete(d.names, "/log/a")
	reopen()
	if !strings.HasPrefix(d.text("/log/a"), plainHeader+"\n8\t") {
		t.Errorf("a new file: %s", d.text("/log/a"))
	}
	r.close()
	r.allThere()
	r.whole()
}

// TestChangedCard: nothing is begun in the folder below a mount point.
func TestChangedCard(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, nil)
	r.refuse(3)
	r.settle(0)
	first := d.text("/log/a")
	d.fault = func(string, string, int) (int, error) { return 0, unix.EIO }
	r.refuse(2)
	r.settle(30e9)
	clear(d.names)
	d.fault, d.unmounted = nil, true
	r.settle(300e9)
	if len(d.names) != 0 {
		t.Errorf("begun below: %v", d.names)
	}
	d.unmounted = false
	r.settle(30e9)
	d.with("/log/a.1", first)
	r.allThere()
	r.whole()
}
