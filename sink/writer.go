package sink

import (
	"sync/atomic"

	"vlpd/event"
)

// writer is the log's other end: a state machine without goroutine or clock of
// its own. step does all that can be done without waiting; a sync is begun in
// step, runs elsewhere, and its outcome comes to finish.
//
// What must hold, whatever fails: a row is waiting, or noted as unsynced, until
// it is synced, and nothing is ever written behind anything but a whole row.
type writer struct {
	o     Options
	names Names
	front *front
	now   int64 // of this step

	merge    merge
	losses   losses
	waiting  waiting
	unsynced unsynced
	head     []byte       // the start row while it is written
	own      event.Record // that the writer makes itself; here, or each would be an allocation
	cadence  cadence
	budget   budget

	file    File // nil: none is open
	size    int64
	regular bool
	linked  bool          // it had a name when it was opened
	sound   bool          // the file holds rows that are not noted as unsynced
	torn    int64         // bytes behind size that could not be cut off
	headDue bool          // a start row must be written next
	old     File          // the file before, to be synced and closed before anything counts as synced
	dirDue  bool          // the folder must be synced before anything counts as synced
	turn    turn          // rotation under way
	halved  bool          // a rename failed: both its names may be there
	serial  uint32        // of the file, counting those opened
	named   atomic.Uint32 // the syncer's: serial of a file whose name is on the disk

	syncer     syncer
	inFlight   bool
	unsyncable bool  // no fdatasync here, as was said
	reopenAt   int64 // when PATH is to be opened anew; 0: never

	trouble trouble
	closing bool
	ended   bool
	left    uint64 // rows not stored, once ended
}

func newWriter(o Options, names Names, f *front) *writer {
	w := &writer{o: o, names: names, front: f, now: o.Clock()}
	w.merge = merge{beats: newStage(f.beats), events: newStage(f.events), pushed: &f.pushed, next: 1}
	w.waiting = newWaiting()
	w.unsynced.list = make([]extent, 0, 16)
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
		took, full := w.fill(), w.waiting.room() < rowBytes
		if !w.pausing() {
			w.store()
			if !w.givenUp() {
				w.commit()
			}
		}
		if !took && !full || w.waiting.room() < rowBytes {
			break
		}
	}
	w.letGo()
	w.end()
	return w.wakeAt()
}

// fill turns records into rows while there is room for them.
func (w *writer) fill() (took bool) {
	for w.waiting.room() >= rowBytes {
		recs, missing := w.merge.run()
		if missing > 0 && !w.account(missing) {
			break
		}
		if len(recs) == 0 {
			if missing == 0 && !w.closing {
				break
			}
			w.tell() // also of beats left out since the last row
			if missing == 0 {
				break
			}
		}
		w.merge.took(w.take(recs))
		took = true
	}
	return took
}

// take makes records rows as long as there is room, and returns how many it
// took. Beats for which there is no budget are left out.
func (w *writer) take(recs []event.Record) int {
	for i := range recs {
		r := &recs[i]
		if w.waiting.room() < rowBytes {
			return i
		}
		w.losses.at = r.At
		if w.budget.perDay != 0 && w.leaveOut(r) {
			w.front.stats.LostBudget.Add(1)
			w.losses.note(event.LostBudget, 1)
			continue
		}
		if w.losses.untold {
			w.tell()
		}
		w.waiting.buf = w.o.Row(w.waiting.buf, r)
		w.waiting.rows++
		w.cadence.formatted(w.o.SyncKinds.Has(r.Kind))
	}
	return len(recs)
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
	return len(w.waiting.buf) > 0 || w.cadence.bytes > 0 || w.old != nil || w.dirDue || w.headDue || w.turn != turnNone
}
