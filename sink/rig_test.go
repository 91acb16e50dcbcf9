package sink

import (
	"fmt"
	"strings"
	"testing"

	"vlpd/event"
	"vlpd/ring"
)

// rig drives a writer by hand: no goroutine, its own clock, and a syncer that
// works when it is told to.
type rig struct {
	t    testing.TB
	fs   *fakeFS
	now  int64
	o    Options
	f    *front
	w    *writer
	job  *syncJob // begun, not done
	jobs int
	said []string
	n    uint64 // rows pushed
}

func options(fs FS, clock func() int64, run uint32) Options {
	return Options{
		Path: "/log/ev", MaxBytes: 3000, Generations: 60, SyncEvery: 7, SyncKinds: kinds(event.Stall, event.Start),
		Beats: 1024, Events: 256, Unsynced: unsyncedLeast, FS: fs, Clock: clock, Row: appendTestRow,
		Start: func() event.Record { return event.Record{Kind: event.Start, ID: run} },
	}
}

func kinds(list ...event.Kind) (s event.Set) {
	for _, k := range list {
		s = s.With(k)
	}
	return s
}

func newRig(t testing.TB, fs *fakeFS, set func(*Options)) *rig {
	t.Helper()
	r := &rig{t: t, fs: fs, now: 1e9}
	r.o = options(fs, func() int64 { return r.now }, 1)
	r.o.Say = func(_ Level, text string) { r.said = append(r.said, text) }
	if set != nil {
		set(&r.o)
	}
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) open() (err error) {
	o := r.o.withDefaults()
	r.f = &front{
		beats: ring.New[event.Record](o.Beats), events: ring.New[event.Record](o.Events),
		kinds: o.SyncKinds, wake: make(chan struct{}, 1),
	}
	if r.w, err = open(o, r.f); err == nil {
		r.w.syncer = r
	}
	return err
}

func (r *rig) start(j syncJob) {
	if r.job != nil {
		r.t.Fatal("a sync was begun while another was under way")
	}
	r.job = &j
	r.jobs++
}

// sync does the job under way, if there is one.
func (r *rig) sync() bool {
	if r.job == nil {
		return false
	}
	j := *r.job
	r.job = nil
	r.w.finish(j.run(&r.w.o, r.w.names.Dir, &r.f.stats), r.now)
	return true
}

// push gives the log n rows of kind k.
func (r *rig) push(k event.Kind, n int) {
	for range n {
		r.n++
		r.f.Push(r.now, &event.Record{At: r.now, Kind: k, ID: r.w.o.Start().ID, Nonce: r.n})
		r.now += 1000
	}
}

func (r *rig) step() int64 {
	r.f.Publish()
	return r.w.step(r.now)
}

// settle steps and syncs until there is nothing to do at this time.
func (r *rig) settle() {
	r.step()
	for range 1000 {
		if !r.sync() {
			return
		}
		r.step()
	}
	r.t.Fatal("does not settle")
}

// settleFor lets time pass as far as the log asks for it, ns at most.
func (r *rig) settleFor(ns int64) {
	r.settle()
	for end := r.now + ns; ; r.settle() {
		at := r.step()
		if at == 0 || at > end {
			r.now = end
			return
		}
		if at <= r.now {
			r.t.Fatalf("wants to be woken at %d, now is %d", at, r.now)
		}
		r.now = at
	}
}

func (r *rig) close() {
	r.f.Publish()
	r.f.closing.Store(true)
	for range 100 {
		r.settle()
		if r.w.ended {
			return
		}
		r.now += closingPauseNS
	}
	r.t.Fatal("does not end")
}

func (r *rig) saidSuch(part string) int {
	n := 0
	for _, s := range r.said {
		if strings.Contains(s, part) {
			n++
		}
	}
	return n
}

// balance checks that each row is accounted for.
func (r *rig) balance() {
	r.t.Helper()
	if n := r.f.stats.waiting(); n != 0 {
		r.t.Errorf("%d rows neither synced nor lost: %s", n, r.figures())
	}
}

func (r *rig) figures() string {
	s := &r.f.stats
	return fmt.Sprintf("records %d synced %d ring %d disk %d budget %d rotations %d", s.Records.Load(), s.Synced.Load(),
		s.LostRing.Load(), s.LostDisk.Load(), s.LostBudget.Load(), s.Rotations.Load())
}
