package trust

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/platform"
)

// Kernels and sandboxes without pidfd_open are asked once; a full table may
// have room later.
func TestWithoutPidfds(t *testing.T) {
	for _, tt := range []struct {
		errno unix.Errno
		opens int
		says  string
	}{
		{unix.ENOSYS, 1, "exits of local processes are not seen: pidfd_open: function not implemented"},
		{unix.EPERM, 1, "exits of local processes are not seen: pidfd_open: operation not permitted"},
		{unix.EMFILE, 3, "no descriptors left for more local processes: exits of those are not seen: pidfd_open: too many open files"},
		{unix.ENFILE, 3, "no descriptors left for more local processes: exits of those are not seen: pidfd_open: too many open files in system"},
	} {
		t.Run(tt.errno.Error(), func(t *testing.T) {
			r := newRig(t, Config{})
			r.refuse = tt.errno
			for pid := uint32(10); pid < 13; pid++ {
				r.born(pid, inside)
				r.beats(pid, First)
				r.beats(pid, Known)
			}
			if r.opens != tt.opens || r.Blind() != 3 || r.counts.unseen != 3 || r.Open() != 0 {
				t.Errorf("%d times tried, %d blind, %+v; want %d, 3", r.opens, r.Blind(), r.counts, tt.opens)
			}
			if err := r.News(); err == nil || err.Error() != tt.says {
				t.Errorf("news: %v; want %s", err, tt.says)
			}
			if err := r.News(); err != nil {
				t.Errorf("told again: %v", err)
			}
			r.same(10, StillRunning, Attested)
		})
	}
}

// The limit is ours, and below that of the kernel.
func TestDescriptorsAreLimited(t *testing.T) {
	r := newRig(t, Config{Descriptors: 3})
	for pid := uint32(10); pid < 16; pid++ {
		r.born(pid, inside)
		r.beats(pid, First)
	}
	if r.Open() != 3 || r.Blind() != 3 || r.opens != 3 {
		t.Fatalf("%d pidfds, %d blind, %d opened; want 3 of each", r.Open(), r.Blind(), r.opens)
	}
	if err := r.News(); err == nil || !strings.Contains(err.Error(), "no descriptors left") {
		t.Errorf("news: %v", err)
	}
	r.dies(10)
	r.exits()
	r.pass(recheckNS)
	r.beats(15, Known) // takes the descriptor that was given back
	r.beats(14, Known)
	r.dies(15)
	r.dies(14)
	if got := r.exits(); len(got) != 1 || got[0] != 15 {
		t.Errorf("exits %v, want 15 alone", got)
	}
	if r.counts.unseen != 3 {
		t.Errorf("unseen %d, want 3", r.counts.unseen)
	}
}

// What tells processes apart without a pidfd.
func TestBlindRechecks(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(r *rig)
		want   Ruling
		exits  int
		is     Identity // of who is there then, before the beat
	}{
		{"the same", func(r *rig) {}, Known, 0, StillRunning},
		{"ended", func(r *rig) { r.dies(10); r.reap(10) }, Known, 1, Exited},
		{"another", func(r *rig) { r.born(10, inside) }, Another, 0, Recycled},
		{"another elsewhere", func(r *rig) { r.born(10, outside) }, Foreign, 0, Recycled},
		{"unreadable now", func(r *rig) { r.proc = false }, Known, 0, Unknown},
		{"unreadable, elsewhere", func(r *rig) { r.born(10, outside).start = 0 }, Conflict, 0, Unknown},
		{"unreadable, not elsewhere", func(r *rig) { r.born(10, 0).start = 0 }, Known, 0, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.refuse = unix.EMFILE
			r.born(10, inside)
			r.beats(10, First)
			r.pass(recheckNS - 1)
			if tt.change(r); tt.want == Conflict {
				r.refuse = 0 // a pidfd of the stranger is given back
			}
			r.beats(10, Known) // within the second nobody looks
			if r.counts.looks != 1 {
				t.Fatalf("%d looks within a second, want one", r.counts.looks)
			}
			r.pass(1)
			if tt.want != Known { // else Same may move it on
				r.same(10, tt.is, Attested)
			}
			r.beats(10, tt.want)
			if got := r.exits(); len(got) != tt.exits {
				t.Errorf("exits %v, want %d", got, tt.exits)
			}
			if tt.want == Known {
				r.same(10, tt.is, Attested)
			}
		})
	}
}

// What could not be read in between is not forgotten.
func TestUnreadableInBetween(t *testing.T) {
	r := newRig(t, Config{})
	r.refuse = unix.ENOSYS
	r.born(10, inside)
	r.beats(10, First)
	r.proc = false
	r.pass(recheckNS)
	r.beats(10, Known)
	r.same(10, Unknown, Attested)
	r.proc = true
	r.pass(recheckNS)
	r.born(10, inside)
	r.beats(10, Another)
}

// To look again at whom we refuse makes no room for itself.
func TestRecheckOfTheRefused(t *testing.T) {
	r := newRig(t, Config{})
	r.refuse = unix.ENOSYS
	last := uint32(99 + r.spare)
	for pid := uint32(100); pid <= last; pid++ {
		r.born(pid, outside)
		r.beats(pid, Foreign)
	}
	r.pass(recheckNS)
	for pid := uint32(100); pid <= last; pid++ {
		r.beats(pid, Foreign)
	}
	if n := r.lists[barred].n; n != r.spare || r.counts.looks != 2*uint64(n) {
		t.Errorf("%d barred, %d looks; want %d, twice that", n, r.counts.looks, r.spare)
	}
}

// Same is asked before a recovery: it sees the exit that no pidfd told of.
func TestSameSeesABlindExit(t *testing.T) {
	for _, reaped := range []bool{true, false} {
		r := newRig(t, Config{})
		r.refuse = unix.ENOSYS
		r.born(10, inside)
		r.beats(10, First)
		r.dies(10)
		if reaped {
			r.reap(10)
		}
		r.same(10, Exited, Attested)
		if got := r.exits(); len(got) != 1 {
			t.Errorf("exits %v, want one", got)
		}
		r.beats(10, Known)
		r.reap(10)
		r.pass(tickNS)
		r.born(10, inside)
		r.beats(10, Another)
	}
}

// A namespace that could not be read is filled in, and what it says then counts.
func TestNamespaceIsFilledIn(t *testing.T) {
	r := newRig(t, Config{})
	r.refuse = unix.ENOSYS
	p := r.born(10, 0)
	r.beats(10, First)
	r.same(10, StillRunning, NoNamespace)
	p.space = outside
	r.pass(recheckNS)
	r.beats(10, Foreign)
	r.beats(10, Foreign)
	r.pass(recheckNS)
	p.space = 0 // known, then unknown
	r.beats(10, Foreign)
	r.same(10, StillRunning, Refused)
	r.dies(10)
	r.reap(10)
	r.pass(recheckNS)
	r.beats(10, Foreign) // its last, and then it is forgotten
	r.born(10, inside)
	r.beats(10, First)
}

// Without budget nobody looks again, and nothing is decided by that.
func TestRecheckNeedsBudget(t *testing.T) {
	r := newRig(t, Config{})
	r.refuse = unix.ENOSYS
	r.born(10, inside)
	r.beats(10, First)
	r.pass(5 * recheckNS)
	r.born(10, inside)
	r.left = 0
	r.beats(10, Known)
	r.Turn()
	r.beats(10, Another)
}

// An epoll set has its own limit, fs.epoll.max_user_watches; whatever it fails
// with, the descriptor is given back and the process is blind.
func TestSetTakesNoMore(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, inside)
	set := *r.set
	*r.set = *deadSet(t)
	r.beats(10, First)
	if r.Blind() != 1 || r.Open() != 0 {
		t.Errorf("%d blind, %d pidfds; want 1, 0", r.Blind(), r.Open())
	}
	*r.set = set
	if err := r.News(); err == nil || !strings.Contains(err.Error(), "epoll_ctl: ") {
		t.Errorf("news: %v", err)
	}
}

// deadSet is a set that is closed already.
func deadSet(t *testing.T) *platform.Set {
	t.Helper()
	s, err := platform.NewSet()
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	return s
}
