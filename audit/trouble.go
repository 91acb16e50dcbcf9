package audit

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/sink"
)

// A failed step is tried again after a pause that doubles.
const (
	pauseLeastNS = 100e6
	pauseMostNS  = 5e9

	// The end of the program waits for no disk: so many failures, and the rest is lost.
	closingFailures = 3
	closingPauseNS  = 20e6
)

// trouble remembers what fails, for a word when it begins and one when it ends.
type trouble struct {
	failing  [sink.Ops]bool
	some     bool // of these
	pauseNS  int64
	retryAt  int64
	atTheEnd int // failures since closing began
}

// pausing reports whether the next attempt has to wait.
func (w *writer) pausing() bool {
	return w.trouble.some && !w.closing && w.now < w.trouble.retryAt
}

// fail counts a failure, says it if it is the first of its kind, and has all
// wait before it is tried again. It returns false, for its callers to return.
func (w *writer) fail(op sink.Op, call string, p sink.Path, err error) bool {
	t := &w.trouble
	w.stats.Failures[op].Add(1)
	if !t.failing[op] {
		t.failing[op] = true
		w.o.Say(sink.Error, callError(call, p, err).Error())
	}
	t.some = true
	t.pauseNS = min(max(2*t.pauseNS, pauseLeastNS), pauseMostNS)
	t.retryAt = w.now + t.pauseNS
	if w.closing {
		t.atTheEnd++
	}
	if (op == sink.OpWrite || op == sink.OpSync) && t.pauseNS == pauseMostNS && !isFull(err) {
		w.letGo() // the medium may have been changed for another
	}
	return false
}

// well says that op worked. A written record shows that opening and renaming
// did; that it is safe, only a sync shows.
func (w *writer) well(op sink.Op) {
	t := &w.trouble
	if !t.some {
		return
	}
	if op == sink.OpWrite || op == sink.OpSync {
		w.backAgain(sink.OpOpen)
		w.backAgain(sink.OpRename)
	}
	w.backAgain(op)
	if t.failing == [sink.Ops]bool{} {
		t.some, t.pauseNS, t.retryAt = false, 0, 0
	}
}

func (w *writer) backAgain(op sink.Op) {
	if w.trouble.failing[op] {
		w.trouble.failing[op] = false
		w.o.Say(sink.Info, w.names.Path.String()+": "+op.String()+" works again")
	}
}

// givenUp reports whether the disk has failed often enough at the end.
func (w *writer) givenUp() bool { return w.trouble.atTheEnd >= closingFailures }

func isFull(err error) bool { return err == unix.ENOSPC || err == unix.EDQUOT }

// unsyncable tells that this file system has no sync to offer.
func unsyncable(err error) bool {
	return err == unix.EINVAL || err == unix.EOPNOTSUPP || err == unix.ENOSYS
}

// callError names the path and, where a system call failed, the call.
func callError(call string, p sink.Path, err error) error {
	if _, ok := err.(unix.Errno); ok {
		err = lean.SyscallError(call, err)
	}
	return lean.Wrap(p.String(), err)
}
