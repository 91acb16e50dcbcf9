package sink

import "vlpd/event"

// writer is the log's other end: a state machine without goroutine or clock of
// its own. step does all that can be done without waiting; a sync is begun in
// step, runs elsewhere, and its outcome comes to finish.
//
// What must hold, whatever fails: a row leaves rows only when it is synced, and
// nothing is ever written behind anything but a whole row.
type writer struct {
	o     Options
	names names
	front *front
	now   int64 // of this step

	merge   merge
	losses  losses
	rows    retained
	head    []byte // the start row while it is written
	cadence cadence
	budget  budget

	file    File // nil: none is open
	size    int64
	regular bool
	sound   bool  // the file holds rows that are not in rows
	torn    int64 // bytes behind size that could not be cut off
	headDue bool  // a start row must be written next
	old     File  // the file before, to be synced and closed before anything counts as synced
	dirDue  bool  // the folder must be synced before anything counts as synced
	turn    turn  // rotation under way

	syncer   syncer
	inFlight bool
	reopenAt int64 // when PATH is to be opened anew; 0: never

	trouble trouble
	closing bool
	ended   bool
	left    uint64 // rows not stored, once ended
}

func newWriter(o Options, names names, f *front) *writer {
	w := &writer{o: o, names: names, front: f, now: o.Clock()}
	w.merge = merge{beats: newStage(f.beats), events: newStage(f.events), pushed: &f.pushed, next: 1}
	w.rows.buf = make([]byte, 0, o.Retain)
	w.head = make([]byte, 0, rowBytes)
	w.budget = newBudget(o.Budget, w.now)
	return w
}

// step goes as far as it can and returns when it must be called again; 0: not
// before something happens. Calling it too often does no harm.
func (w *writer) step(now int64) int64 {
	w.now = now
	w.closing = w.front.closing.Load()
	if w.front.reopen.Load() && w.front.reopen.Swap(false) {
		w.reopenAt = max(now, 1)
	}
	for {
		took := w.fill()
		if !w.pausing() {
			w.store()
			w.commit()
		}
		if !took || w.rows.room() < rowBytes {
			break
		}
	}
	w.end()
	return w.wakeAt()
}

// fill turns records into rows while there is room for them.
func (w *writer) fill() (took bool) {
	for w.rows.room() >= rowBytes {
		r, missing := w.merge.peek()
		if missing > 0 && !w.account(missing) {
			break
		}
		if r == nil && missing == 0 {
			if w.closing {
				w.tell() // of beats left out since the last row
			}
			break
		}
		if r == nil {
			w.tell()
		} else {
			w.take(r)
		}
		took = true
	}
	return took
}

// take makes r a row, unless it is a beat for which there is no budget.
func (w *writer) take(r *event.Record) {
	w.losses.at = r.At
	if w.leaveOut(r) {
		w.front.stats.LostBudget.Add(1)
		w.losses.unsaid[event.LostBudget]++
	} else {
		w.tell()
		w.rows.buf = w.o.Row(w.rows.buf, r)
		w.cadence.formatted(w.o.SyncKinds.Has(r.Kind))
	}
	w.merge.take()
}

// wakeAt returns when there is something to do although nothing happens. An
// idle log is never woken.
func (w *writer) wakeAt() int64 {
	at := int64(0)
	if w.working() {
		switch {
		case w.pausing():
			at = w.trouble.retryAt
		case w.inFlight:
		case w.closing:
			at = w.now + closingPauseNS
		default:
			at = w.syncAt()
		}
	}
	if reopen := w.reopenAt; reopen != 0 && w.old == nil {
		if w.pausing() {
			reopen = max(reopen, w.trouble.retryAt)
		}
		if at == 0 || reopen < at {
			at = reopen
		}
	}
	return at
}

// working reports whether anything is left to write or to sync.
func (w *writer) working() bool {
	return len(w.rows.buf) > 0 || w.cadence.bytes > 0 || w.old != nil || w.dirDue || w.headDue || w.turn != turnNone
}
