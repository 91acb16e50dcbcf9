package audit

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// day makes records for a while: bursts, rotations, output, and now and then an
// operation that fails. check is called before each operation and at the end.
func day(t *testing.T, seed uint64, lies bool, check func(r *rig)) {
	d := newDisk(seed)
	d.lies = lies
	rnd := rand.New(rand.NewPCG(seed, 1))
	r := newRig(t, d, func(o *Options) {
		o.MaxBytes, o.Generations, o.Tails = 4096, 60, 8192
		o.SyncEvery = 1 + int(seed%4)*5
		o.SyncInterval = 50e6
		if seed%3 == 2 {
			o.Key = &testKey
		}
	})
	d.before = func(string, string) { check(r) }
	d.fault = func(op, _ string, n int) (int, error) {
		switch dice := rnd.IntN(1000); {
		case op == "fdatasync" && dice < 80, op == "syncdir" && dice < 80, op == "open" && dice < 40:
			return 0, unix.EIO
		case op == "rename" && dice < 40:
			return rnd.IntN(2), unix.EIO
		case op == "write" && dice < 20:
			return rnd.IntN(n), unix.EIO
		case op == "write" && dice < 60:
			return 1 + rnd.IntN(n), nil // short, without an error
		case op == "truncate" && dice < 300:
			return 0, unix.EIO
		}
		return 0, nil
	}
	for range 100 {
		r.refuse(rnd.IntN(4))
		if rnd.IntN(10) == 0 {
			r.f.Complete(Agent{ID: 5}, 6, End{Tail: make([]byte, rnd.IntN(400))})
		}
		r.settle(rnd.Int64N(300e6))
	}
	r.close()
	check(r)
}

// survive cuts the power, starts again on what is left, cuts once more at some
// point of that start, and returns what broke the promise.
func survive(t *testing.T, r *rig, seed uint64) error {
	safe := r.w.safe
	if r.f.stats.Synced.Load() == 0 {
		safe = place{}
	}
	after := r.d.cut(seed)
	again, countdown := (*disk)(nil), int(seed%17)
	after.before = func(string, string) {
		if countdown--; countdown == 0 {
			again = after.cut(seed + 1)
		}
	}
	if err := goOn(t, after, r, safe); err != nil || again == nil {
		return err
	}
	return goOn(t, again, r, safe)
}

// goOn starts the log, writes a record, and expects a whole chain in which the
// last record that was safe stands.
func goOn(t *testing.T, d *disk, was *rig, safe place) error {
	r := newRig(t, d, func(o *Options) { o.MaxBytes, o.Generations, o.Key = 4096, 60, was.o.Key })
	r.refuse(1)
	r.settle(0)
	q := Query{Key: was.o.Key}
	if safe.seq > 0 {
		q.Head = (*[KeyBytes]byte)(&safe.prev)
	}
	totals, notes := d.verify(q)
	for _, n := range notes {
		return fmt.Errorf("%s:%d: %s", n.File, n.Line, n.Text)
	}
	if totals.HeadMissing || totals.First != 1 || totals.Last < safe.seq+2 {
		return fmt.Errorf("safe up to %d: %+v", safe.seq, totals)
	}
	return nil
}

func powerCuts(t *testing.T, lies bool, seeds, cutsEach uint64) (cuts, broken int) {
	for seed := range seeds {
		n := uint64(0)
		day(t, seed, lies, func(r *rig) {
			for range cutsEach {
				n++
				cuts++
				if err := survive(t, r, seed*1e6+n); err != nil {
					broken++
					if !lies && broken < 5 {
						t.Errorf("seed %d, cut %d: %v", seed, n, err)
					}
				}
			}
		})
	}
	return cuts, broken
}

func TestPowerCut(t *testing.T) {
	cuts, broken := powerCuts(t, false, 6, 2)
	t.Logf("%d cuts, %d broke the promise", cuts, broken)
	if cuts < 1000 {
		t.Errorf("%d cuts, expected 1000 at least", cuts)
	}
}

// TestPowerCutLyingDisk is the control: with a disk that says well done and
// does nothing the same check must find lost records.
func TestPowerCutLyingDisk(t *testing.T) {
	cuts, broken := powerCuts(t, true, 1, 1)
	t.Logf("%d cuts, %d broke the promise", cuts, broken)
	if broken < cuts/10 {
		t.Errorf("%d of %d cuts found out, expected a tenth at least", broken, cuts)
	}
}
