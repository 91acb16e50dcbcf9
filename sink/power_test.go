package sink

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// day writes rows for a while: bursts, rotations, syncs that take their time,
// and now and then an operation that fails. check is called
// before each operation and at the end.
func day(t *testing.T, seed uint64, lies bool, check func(r *rig)) {
	fs := newFakeFS(seed)
	fs.lies = lies
	rnd := rand.New(rand.NewPCG(seed, 1))
	r := newRig(t, fs, func(o *Options) { o.SyncInterval = 50e6 })
	fs.before = func(op, _ string) { check(r) }
	fs.fault = func(op, _ string, n int) fail {
		switch dice := rnd.IntN(1000); {
		case op == "fdatasync" && dice < 60, op == "syncdir" && dice < 60, op == "open" && dice < 20:
			return fail{err: unix.EIO}
		case op == "rename" && dice < 20:
			return fail{err: unix.EIO, part: rnd.IntN(2)}
		case op == "write" && dice < 20:
			return fail{err: unix.EIO, part: rnd.IntN(n)}
		case op == "write" && dice < 60:
			return fail{err: unix.EAGAIN, part: 1 + rnd.IntN(n)}
		case op == "truncate" && dice < 300:
			return fail{err: unix.EIO}
		}
		return fail{}
	}
	for range 120 {
		r.push(event.Beat, rnd.IntN(9))
		if rnd.IntN(10) == 0 {
			r.push(event.Stall, 1)
		}
		r.now += rnd.Int64N(30e6)
		r.step()
		if rnd.IntN(3) > 0 {
			r.sync()
			r.step()
		}
	}
	r.close()
	check(r)
}

// survive cuts the power, starts again on what is left, cuts once more at some
// point of that start, and returns what broke the promise.
func survive(t *testing.T, r *rig, seed uint64) error {
	synced := r.f.stats.Synced.Load()
	after := r.fs.cut(seed)
	again, countdown := (*fakeFS)(nil), int(seed%17)
	after.before = func(_, _ string) {
		if countdown--; countdown == 0 {
			again = after.cut(seed + 1)
		}
	}
	if err := goOn(t, after, synced); err != nil || again == nil {
		return err
	}
	return goOn(t, again, synced)
}

// goOn starts the log, writes some rows, stops it, and reads what is there.
func goOn(t *testing.T, fs *fakeFS, synced uint64) error {
	r := newRig(t, fs, func(o *Options) {
		o.Start = func() event.Record { return event.Record{Kind: event.Start, ID: 2} }
	})
	r.push(event.Beat, 9)
	r.close()
	if names := twins(fs); names != "" {
		return fmt.Errorf("one file under two names: %s", names)
	}
	if err := complete(fs, 1, synced); err != nil {
		return err
	}
	return complete(fs.cut(3), 2, r.f.stats.Synced.Load())
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
	cuts, broken := powerCuts(t, false, 12, 2)
	t.Logf("%d cuts, %d broke the promise", cuts, broken)
	if cuts < 1000 {
		t.Errorf("%d cuts, expected 1000 at least", cuts)
	}
}

// TestPowerCutLyingDisk is the control: with a disk that says well done and
// does nothing the same check must find lost rows.
func TestPowerCutLyingDisk(t *testing.T) {
	cuts, broken := powerCuts(t, true, 1, 1)
	t.Logf("%d cuts, %d broke the promise", cuts, broken)
	if broken < cuts/10 {
		t.Errorf("%d of %d cuts found out, expected a tenth at least", broken, cuts)
	}
}
