package trust

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/unix"
)

// life is what the test knows of a pid, apart from the table.
type life struct {
	alive, outside bool
	number         int  // of this life
	seen           int  // the life that the table knows; 0 if none
	told           bool // and has told the exit of
}

// TestRandomLives lets processes be born, beat, end and be forgotten in any
// order, with budget, descriptors and pidfds coming and going. Each step keeps
// the table whole (rig.check), and
//   - who lives in our namespace is never refused,
//   - who lives in another is, but for what a spent budget lets through,
//   - a life that follows one whose exit was told is Another,
//   - an exit is told once, and only of who is known and lives no more.
func TestRandomLives(t *testing.T) {
	for seed := range uint64(300) {
		w := &world{rig: newRig(t, Config{Capacity: 10, Descriptors: 6}), rand: rand.New(rand.NewPCG(seed, 1))}
		for range 400 {
			w.step()
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
	}
}

type world struct {
	*rig
	rand  *rand.Rand
	lives [16]life
}

func (w *world) step() {
	i := w.rand.IntN(len(w.lives))
	l, pid := &w.lives[i], uint32(10+i)
	w.pass(w.rand.Int64N(recheckNS))
	switch w.rand.IntN(12) {
	case 0, 1, 2, 3, 4:
		w.beat(l, pid)
	case 5:
		if l.alive {
			l.alive = false
			w.dies(pid)
			w.tell()
		}
	case 6:
		if !l.alive && w.people[pid] != nil {
			w.reap(pid)
		}
	case 7:
		w.Forget(0, pid)
		l.seen, l.told = 0, false
	case 8:
		w.left = 0
	case 9:
		w.Turn()
		w.tell()
	case 10:
		w.refuse = [...]unix.Errno{0, 0, unix.EMFILE}[w.rand.IntN(3)]
	case 11:
		if w.Judge(w.clock, 0, pid+100, false) == First {
			w.claims(pid+100, Known)
		}
		w.Forget(0, pid+100)
	}
	w.check()
}

func (w *world) beat(l *life, pid uint32) {
	if !l.alive && w.people[pid] != nil {
		return // a zombie sends nothing
	}
	if !l.alive {
		l.alive, l.outside = true, w.rand.IntN(4) == 0
		l.number++
		space := inside
		if l.outside {
			space = outside
		}
		w.born(pid, space)
		w.pass(tickNS)
	}
	spent := w.left <= 0
	i, known := w.find(0, pid)
	stale := known && w.procs[i].state == barred && w.procs[i].fd == none
	got := w.Judge(w.clock, 0, pid, true)
	if got == Pinned {
		got = Known
	}
	anew := l.seen == 0 || l.told
	switch {
	case got == Full: // agents that nobody forgets
		return
	case !l.outside && got == Foreign && stale: // who had the pid before was refused, and is compared once a second
	case !l.outside && got != Known && got != First && got != Another:
		w.t.Errorf("pid %d lives in our namespace: ruling %d", pid, got)
	case l.outside && anew && got != Foreign && !(spent && l.seen == 0):
		w.t.Errorf("pid %d lives in another namespace: ruling %d", pid, got)
	case !l.outside && l.told && got != Another:
		w.t.Errorf("pid %d follows another: ruling %d", pid, got)
	}
	if got != Known && !(got == Foreign && stale) {
		l.seen, l.told = l.number, false
	}
}

// tell takes the exits.
func (w *world) tell() {
	for _, pid := range w.exits() {
		l := &w.lives[pid-10]
		if l.told || l.seen == 0 || l.alive && l.seen == l.number {
			w.t.Errorf("exit of pid %d is told: %+v", pid, *l)
		}
		l.told = true
		if _, known := w.find(0, pid); !known { // it was refused
			l.seen, l.told = 0, false
		}
	}
}
