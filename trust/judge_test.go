package trust

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestKnownProcessCostsNoLook(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, inside)
	r.pass(5e9)
	r.beats(10, First)
	for range 1000 {
		r.pass(1e9)
		r.beats(10, Pinned)
	}
	if c := r.counts; c.looks != 1 || r.opens != 1 || r.Open() != 1 || r.Blind() != 0 {
		t.Errorf("%+v, %d times opened, %d pidfds", c, r.opens, r.Open())
	}
	r.same(10, StillRunning, Attested)
	r.same(11, Unknown, Unjudged)
}

func TestKeysAreApart(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, inside)
	r.beats(10, First)
	if got := r.Judge(r.clock, 1, 10, true); got != First || r.Open() != 2 {
		t.Fatalf("the same process on another socket: ruling %d, %d pidfds; want First, 2", got, r.Open())
	}
	r.Forget(0, 10)
	if got := r.Judge(r.clock, 1, 10, true); got != Pinned || r.Open() != 1 {
		t.Errorf("after Forget on one socket: ruling %d on the other, %d pidfds", got, r.Open())
	}
	r.dies(10)
	if got := r.exits(); len(got) != 1 {
		t.Errorf("exits %v, want one", got)
	}
}

func TestNamespaces(t *testing.T) {
	for _, tt := range []struct {
		name     string
		space    uint32
		self     uint32
		allow    bool
		want     Ruling
		standing Standing
	}{
		{"ours", inside, inside, false, First, Attested},
		{"another", outside, inside, false, Foreign, Refused},
		{"another, allowed", outside, inside, true, First, CrossNamespace},
		{"unreadable", 0, inside, false, First, NoNamespace},
		{"our own unreadable", outside, 0, false, First, NoNamespace},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, Config{AllowCrossNamespace: tt.allow})
			r.Processes.space = tt.self
			r.born(10, tt.space)
			r.beats(10, tt.want)
			again := Known
			if tt.want == Foreign {
				again = Foreign
			}
			r.pass(1e10)
			r.beats(10, again)
			r.same(10, StillRunning, tt.standing)
			if r.counts.looks != 1 {
				t.Errorf("%d looks, want one", r.counts.looks)
			}
		})
	}
}

// A refusal is kept by a pidfd too, and ends with the process.
func TestRefusalEndsWithItsProcess(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, outside)
	r.beats(10, Foreign)
	r.dies(10)
	r.Wake()
	if !r.Gather() {
		t.Fatal("the exit is not seen")
	}
	r.beats(10, Foreign) // what had waited in the queue
	if got := r.exits(); len(got) != 1 {
		t.Fatalf("exits %v", got)
	}
	r.reap(10)
	r.born(10, inside)
	r.beats(10, First)
}

// Many refused processes displace each other, and leave room for as many as are
// accepted at once: the agents, and one before another is forgotten for it.
func TestTooManyRefused(t *testing.T) {
	r := newRig(t, Config{Capacity: 8})
	for pid := uint32(100); pid < 400; pid++ {
		r.born(pid, outside)
		r.beats(pid, Foreign)
	}
	for pid := uint32(10); pid < 19; pid++ {
		r.born(pid, inside)
		r.beats(pid, First)
	}
	looks := r.counts.looks
	for pid := uint32(10); pid < 19; pid++ {
		r.beats(pid, Known)
	}
	r.beats(399, Foreign)
	if got := r.counts.looks; got != looks {
		t.Errorf("%d looks at who is known", got-looks)
	}
	r.Forget(0, 10)
	if r.beats(100, Foreign); r.counts.looks != looks+1 {
		t.Error("a refusal that was forgotten is not judged anew")
	}
}

// Agents that are gone but were never forgotten fill the table; then nobody new
// is let in, and nothing breaks.
func TestNoRoom(t *testing.T) {
	r := newRig(t, Config{Capacity: 8})
	pid := uint32(10)
	for ; len(r.procs) < cap(r.procs); pid++ {
		r.born(pid, inside)
		r.beats(pid, First)
	}
	r.born(pid, inside)
	r.beats(pid, Full)
	r.Forget(0, 10)
	r.beats(pid, First)
}

// Whoever comes from outside claims a pid, and never gets that of a process
// which the kernel named.
func TestUnattested(t *testing.T) {
	r := newRig(t, Config{})
	r.claims(10, First)
	r.claims(10, Known)
	r.same(10, Unknown, Unattested)
	if r.counts.looks != 0 {
		t.Error("a claimed pid was looked at, though it is none of ours")
	}
	r.born(10, inside)
	r.beats(10, Another) // the real one takes its place
	r.claims(10, Origin)
	r.dies(10)
	r.exits()
	r.claims(10, Origin)
	r.Forget(0, 10)
	r.claims(10, First)

	r.born(11, outside)
	r.beats(11, Foreign)
	r.claims(11, Origin)
	r.claims(12, First)
	r.beats(12, Another) // and is gone already
	if got := r.exits(); len(got) != 1 || got[0] != 12 {
		t.Errorf("exits %v, want 12", got)
	}
}

// Nothing has the pid when it is looked at for the first time: the beat was
// also the last one, and the exit is told.
func TestGoneAtTheFirstLook(t *testing.T) {
	for _, e := range []unix.Errno{0, unix.ESRCH, unix.EINVAL, unix.ENOENT} {
		r := newRig(t, Config{})
		if e != 0 { // the number is that of a thread now
			r.born(10, inside).errno = e
		}
		r.beats(10, First)
		r.beats(10, Known)
		if got := r.exits(); len(got) != 1 || got[0] != 10 {
			t.Fatalf("%v: exits %v, want 10", e, got)
		}
		r.beats(10, Known)
		if c := r.counts; c.lastBeats != 1 || c.exits != 1 {
			t.Errorf("%v: %+v", e, c)
		}
		if e == 0 {
			r.same(10, Exited, NoNamespace)
		}
	}
}

// Who began after the datagram came did not send it.
func TestSenderIsNotWhoBeganLater(t *testing.T) {
	for _, tt := range []struct {
		name  string
		later int64 // from the datagram's arrival to the birth
		gone  bool
	}{
		{"before", -tickNS, false},
		{"in the same tick", tickNS - 1, false},
		{"in the next tick", tickNS, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.boot = 1000 * tickNS // arrival is at the beginning of a tick
			arrived := r.clock
			r.pass(tt.later)
			r.born(10, outside)
			r.pass(3 * tickNS)
			want := Foreign
			if tt.gone {
				want = First
			}
			if got := r.Judge(arrived, 0, 10, true); got != want {
				t.Fatalf("ruling %d, want %d", got, want)
			}
			if got := r.exits(); (len(got) == 1) != tt.gone {
				t.Errorf("exits %v", got)
			}
		})
	}
}

// In a time namespace a process may be older than the zero of our clock.
func TestSenderFromBeforeOurTime(t *testing.T) {
	r := newRig(t, Config{})
	r.boot = 5e9
	p := r.born(10, inside)
	before := int64(-7e9)
	p.start = uint64(before) / tickNS
	r.beats(10, First)
	r.beats(10, Pinned)
	if got := r.exits(); len(got) != 0 {
		t.Errorf("exits %v, want none", got)
	}
	r.same(10, StillRunning, Attested)
}
