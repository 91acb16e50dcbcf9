package trust

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

func TestExitIsToldOnce(t *testing.T) {
	r := newRig(t, Config{})
	for pid := uint32(10); pid < 18; pid++ {
		r.born(pid, inside)
		r.beats(pid, First)
	}
	if got := r.exits(); got != nil {
		t.Fatalf("exits %v, though all live", got)
	}
	r.dies(12)
	r.dies(15)
	got := r.exits()
	slices.Sort(got)
	if !slices.Equal(got, []uint32{12, 15}) || r.Open() != 6 {
		t.Fatalf("exits %v, %d pidfds left; want 12 and 15, 6", got, r.Open())
	}
	if got := r.exits(); got != nil {
		t.Errorf("again: %v", got)
	}
	r.beats(13, Known)
}

// Nothing is told without Wake, and nobody is told before all that was asked
// for has found room.
func TestExitsAreBounded(t *testing.T) {
	r := newRig(t, Config{Capacity: 200})
	for pid := uint32(10); pid < 210; pid++ {
		r.born(pid, inside)
		r.beats(pid, First)
		r.dies(pid)
	}
	if r.Gather() {
		t.Fatal("the set was looked at, though it did not ask")
	}
	r.Wake()
	total, rounds := 0, 0
	for more := true; more; rounds++ {
		if !r.Gather() {
			t.Fatal("told of more, and there are none")
		}
		var out []Exit
		out, more = r.Exited(make([]Exit, 0, 64))
		total += len(out)
		r.check()
	}
	if total != 200 || rounds != 4 {
		t.Errorf("%d exits in %d rounds, want 200 in 4", total, rounds)
	}
	if r.Gather() {
		t.Error("still something to tell")
	}
}

// A beat between Gather and Exited is a last one and costs no look; one that
// comes later is judged by who has the pid.
func TestLastBeats(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, inside)
	r.beats(10, First)
	r.pass(1e9)
	r.dies(10)
	r.beats(10, Known) // before anybody looked
	r.Wake()
	r.Gather()
	r.beats(10, Known) // drained
	if got := r.counts.looks; got != 1 {
		t.Errorf("%d looks, want one", got)
	}
	r.exits()
	r.beats(10, Known) // its zombie has the pid
	r.same(10, Exited, Attested)
	r.reap(10)
	r.beats(10, Known) // nobody has
	r.same(10, Exited, Attested)
	if c := r.counts; c.lastBeats != 2 || c.another != 0 || c.exits != 1 || r.Open() != 0 {
		t.Errorf("%+v, %d pidfds", c, r.Open())
	}
}

// A zombie that cannot be read any more is still no other process.
func TestUnreadableZombie(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, inside)
	r.beats(10, First)
	r.dies(10)
	r.exits()
	r.proc = false
	r.beats(10, Known)
	r.same(10, Unknown, Attested)
}

func TestRecycledPID(t *testing.T) {
	for _, tt := range []struct {
		name   string
		space  uint32
		dead   bool // the heir has ended as well
		unread bool // /proc cannot be read
		want   Ruling
		is     Identity
	}{
		{"lives", inside, false, false, Another, Recycled},
		{"has ended", inside, true, false, Another, Recycled},
		{"lives elsewhere", outside, false, false, Foreign, Recycled},
		{"lives, nothing readable", inside, false, true, Another, Unknown},
		{"has ended, nothing readable", inside, true, true, Known, Unknown}, // or it is the zombie
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t, Config{})
			r.proc = !tt.unread
			r.born(10, inside)
			r.beats(10, First)
			r.dies(10)
			r.exits()
			r.reap(10)
			r.pass(5e9)
			r.born(10, tt.space)
			if tt.dead {
				r.dies(10)
			}
			was := Attested
			if tt.unread {
				was = NoNamespace
			}
			r.same(10, tt.is, was)
			r.beats(10, tt.want)
			if tt.want == Another && !tt.dead {
				r.beats(10, Known)
				r.same(10, StillRunning, was)
			}
			if got := r.exits(); tt.dead && tt.want == Another && len(got) != 1 {
				t.Errorf("exits of the heir: %v", got)
			}
		})
	}
}

// The datagram came before the heir was born: it was the last of the old one.
func TestLastBeatReadAfterTheHeirWasBorn(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, inside)
	r.beats(10, First)
	r.dies(10)
	r.exits()
	r.reap(10)
	arrived := r.clock
	r.pass(2 * tickNS)
	r.born(10, inside)
	if got := r.Judge(arrived, 0, 10, true); got != Known {
		t.Errorf("ruling %d, want Known", got)
	}
	r.beats(10, Another)
}

// An agent that is evicted while its exit waits to be told is not told of, and
// whoever takes its place is not taken for it.
func TestForgetBetweenGatherAndExited(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, inside)
	r.beats(10, First)
	r.dies(10)
	r.Wake()
	r.Gather()
	r.Forget(0, 10)
	r.born(11, inside)
	r.beats(11, First)
	if out, _ := r.Exited(make([]Exit, 0, 8)); len(out) != 0 {
		t.Errorf("told of %v", out)
	}
	r.Forget(0, 999) // unknown: nothing happens
	r.check()
}

// A child that is about to exec holds what our descriptors refer to: closing
// ours must take them out of the set all the same.
func TestForgottenWhileAChildHoldsThePidfd(t *testing.T) {
	r := newRig(t, Config{})
	r.born(10, inside)
	r.beats(10, First)
	var held int
	for fd := range r.fds {
		var err error
		if held, err = unix.Dup(int(fd)); err != nil { // as fork(2) does
			t.Fatal(err)
		}
	}
	defer unix.Close(held)
	r.Forget(0, 10)
	r.signal(int32(held))
	if got := r.exits(); got != nil {
		t.Errorf("told of %v, whom nobody knows", got)
	}
}
