package sink

import (
	"errors"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// A failed step is tried again after a pause that doubles, and only while
// there is something to write.
const (
	pauseLeastNS = 100e6
	pauseMostNS  = 5e9
	slowSyncNS   = 1e9

	// The end of the program waits for no disk: so many failures, and the rest is lost.
	closingFailures = 3
	closingPauseNS  = 20e6
)

// trouble remembers what failed last, for a word when it begins and one when it ends.
type trouble struct {
	failing  [Ops]bool
	some     bool // of these
	full     bool // what failed last found no room
	slow     bool
	pauseNS  int64
	retryAt  int64
	atTheEnd int // failures since closing began
}

// pausing reports whether the next attempt has to wait.
func (w *writer) pausing() bool {
	return !w.closing && w.trouble.some && w.now < w.trouble.retryAt
}

// note counts a failure, and says it if it is the first of its kind.
func (w *writer) note(op Op, call string, p Path, err error) {
	w.front.stats.Failures[op].Add(1)
	if !w.trouble.failing[op] {
		w.trouble.failing[op] = true
		w.o.Say(Error, callError(call, p, err).Error())
	}
}

// fail is note, and a pause before anything is stored again. Rows wait in
// memory; those that the rings cannot hold count as the disk's.
func (w *writer) fail(op Op, call string, p Path, err error) {
	w.note(op, call, p, err)
	t := &w.trouble
	t.some, t.full = true, isFull(err)
	t.pauseNS = min(max(2*t.pauseNS, pauseLeastNS), pauseMostNS)
	t.retryAt = w.now + t.pauseNS
	w.front.failing.Store(true)
	if w.closing {
		t.atTheEnd++
	}
}

// well says that op worked. Written rows show that all before them did; that
// they are safe, only a sync shows.
func (w *writer) well(op Op) {
	t := &w.trouble
	if op == OpWrite {
		w.backAgain(OpRename)
		w.backAgain(OpUnlink)
	}
	w.backAgain(op)
	if t.some && t.failing == [Ops]bool{} {
		t.some, t.pauseNS, t.retryAt = false, 0, 0
		w.front.failing.Store(false)
	}
}

func (w *writer) backAgain(op Op) {
	if w.trouble.failing[op] {
		w.trouble.failing[op] = false
		w.o.Say(Info, w.names.Path.String()+": "+op.String()+" works again")
	}
}

// noteSlow says when syncs have become slow, and when they no longer are.
func (w *writer) noteSlow(ns int64) {
	if slow := ns >= slowSyncNS; slow != w.trouble.slow {
		w.trouble.slow = slow
		if slow {
			w.o.Say(Warn, w.names.Path.String()+": fdatasync takes more than a second")
		}
	}
}

// BadMedium tells a disk that is broken, gone, full or read-only from a path
// that was never right.
func BadMedium(err error) bool {
	switch err {
	case unix.EIO, unix.EUCLEAN, unix.ENXIO, unix.ENODEV, unix.ENOMEDIUM, unix.ESHUTDOWN, unix.EROFS:
		return true
	}
	return isFull(err)
}

// callError names the system call and the path, and keeps the errno reachable.
func callError(call string, p Path, err error) error {
	return lean.Wrap(p.String(), lean.SyscallError(call, err))
}

// ErrUnstored is what Close returns, with a number, when rows could not be stored.
var ErrUnstored = errors.New("rows could not be stored")
