package audit

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/sink"
)

const wallMS = 1795533430434

// rig drives a writer by hand: no goroutine, its own clock.
type rig struct {
	t    testing.TB
	d    *disk
	now  int64
	o    Options
	f    *front
	w    *writer
	said []string
	n    uint32 // records made
}

func newRig(t testing.TB, d *disk, set func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, d: d, now: 1e9}
	r.o = Options{Path: "/log/a", Queue: 4096, PID: 411, FS: d,
		Clock: func() int64 { return r.now }, WallMS: func() int64 { return wallMS }}
	r.o.Say = func(_ sink.Level, text string) { r.said = append(r.said, text) }
	if set != nil {
		set(&r.o)
	}
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	return r
}

// open is Open without the goroutine.
func (r *rig) open() (err error) {
	o := r.o.withDefaults()
	r.f = &front{}
	r.f.init(&o)
	if r.w, err = begin(o, r.f); err == nil {
		r.w.writeHead()
	}
	return err
}

// refuse makes n records.
func (r *rig) refuse(n int) {
	for range n {
		r.n++
		r.f.Refused(Agent{ID: r.n}, Debounced)
	}
}

// settle lets ns pass, as far as the writer asks for it.
func (r *rig) settle(ns int64) {
	r.t.Helper()
	for end := r.now + ns; ; {
		at := r.w.step()
		if at == 0 || at > end {
			r.now = max(r.now, end)
			return
		}
		if at <= r.now {
			r.t.Fatalf("wants to be woken at %d, now is %d", at, r.now)
		}
		r.now = at
	}
}

func (r *rig) close() {
	r.t.Helper()
	r.f.closing.Store(true)
	for range 100 {
		r.w.step()
		if r.w.ended {
			return
		}
		r.now += closingPauseNS
	}
	r.t.Fatal("does not end")
}

// whole checks all files and returns the totals.
func (r *rig) whole() Totals {
	r.t.Helper()
	return wholeDisk(r.t, r.d, Query{Key: r.o.Key})
}

func wholeDisk(t testing.TB, d *disk, q Query) Totals {
	t.Helper()
	totals, notes := d.verify(q)
	for _, n := range notes {
		if n.Broken {
			t.Fatalf("%s:%d: %s\n%s", n.File, n.Line, n.Text, d.text(n.File))
		}
	}
	return totals
}

// agents returns column 5 of all records of a kind, the oldest first.
func (d *disk) agents(kind string) (list []string) {
	for g := 99; g >= 0; g-- {
		name := "/log/a"
		if g > 0 {
			name = fmt.Sprintf("/log/a.%d", g)
		}
		for line := range strings.Lines(d.text(name)) {
			if col := strings.Split(line, "\t"); len(col) > 5 && col[3] == kind {
				list = append(list, col[4])
			}
		}
	}
	return list
}

// allThere expects the records of the rig, in order and once each.
func (r *rig) allThere() {
	r.t.Helper()
	got := r.d.agents("refused")
	for i, a := range got {
		if a != fmt.Sprint(i+1) {
			r.t.Fatalf("record %d is of agent %s", i+1, a)
		}
	}
	if len(got) != int(r.n) {
		r.t.Fatalf("%d of %d records", len(got), r.n)
	}
}

func (r *rig) saidSuch(part string) (n int) {
	for _, s := range r.said {
		if strings.Contains(s, part) {
			n++
		}
	}
	return n
}

// always fails one operation.
func always(op string, errno unix.Errno) func(string, string, int) (int, error) {
	return func(got, _ string, n int) (int, error) {
		if got == op {
			return n / 2, errno
		}
		return 0, nil
	}
}
