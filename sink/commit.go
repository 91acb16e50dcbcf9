package sink

import "golang.org/x/sys/unix"

// commit begins a sync if one is due. It covers all rows in the file.
func (w *writer) commit() {
	if w.inFlight || w.file == nil && w.old == nil {
		return
	}
	if at := w.syncAt(); at == 0 || at > w.now {
		return
	}
	job := syncJob{old: w.old, dir: w.dirDue, file: w.file, serial: w.serial, named: &w.named}
	if !w.regular {
		job.file = nil
	}
	w.budget.spend(w.now, syncCost(w.cadence.bytes))
	w.unsynced.begin()
	w.cadence.begin(len(w.waiting.buf) > 0)
	w.dirDue = false
	w.inFlight = true
	w.syncer.start(job)
}

// known reports whether the name of the file under PATH is on the disk.
func (w *writer) known() bool { return w.file == nil || !w.regular || w.named.Load() == w.serial }

// finish takes the outcome of a sync. The caller steps afterwards.
func (w *writer) finish(r syncResult, now int64) {
	w.now = now
	w.inFlight = false
	w.noteSlow(r.slowNS)
	switch {
	case r.err == nil && w.deleted(r.job):
		w.beginAnew()
	case r.err == nil:
		w.covered(r.job)
	case !r.dirBad && unsyncable(r.err):
		w.unpromise(r.err)
	default:
		w.abandon(r)
	}
}

func (w *writer) covered(job syncJob) {
	if job.old != nil {
		w.old = nil
	}
	n := w.unsynced.synced()
	w.front.stats.Synced.Add(uint64(n))
	if n > 0 && job.file == w.file {
		w.sound = true
	}
	w.well(OpSync)
}

// deleted reports whether what was just synced is a file that somebody has
// deleted: nobody finds its rows, and while it is open the disk gets no room back.
// Some file systems have no names to count at all.
func (w *writer) deleted(job syncJob) bool {
	return job.old == nil && job.file != nil && job.file == w.file && w.linked && w.file.Nameless()
}

// beginAnew writes the rows since the last sync to a new file.
func (w *writer) beginAnew() {
	w.o.Say(Warn, w.names.Path.String()+" was deleted: a new one begins, with the rows since the last sync")
	w.giveUp()
	w.turn = turnCreate
}

// abandon follows a failed fdatasync. The kernel has given up the pages it could
// not write and will not try again (fsync(2), and "fsyncgate" of 2018), so the
// file is left as it is and a new one gets all rows since the last good sync.
// A folder that could not be synced is not asked again either: ext4 says well
// done the second time (jbd2_complete_transaction: nothing is under way).
func (w *writer) abandon(r syncResult) {
	w.giveUp()
	w.full(r.err) // where blocks are found only at the sync
	if r.dirBad {
		w.fail(OpSync, "fsync", w.names.Dir, r.err)
	} else {
		w.fail(OpSync, "fdatasync", w.names.Path, r.err)
	}
}

// giveUp closes the file, and takes back the rows since the last good sync. A
// file that holds nothing else is deleted: it would only push a good generation
// out. Nothing may be under way.
func (w *writer) giveUp() {
	if w.file != nil && w.regular {
		w.shrunk() // else what was cut from outside would be looked for in the wrong place
	}
	if !w.unsynced.forget {
		rows, lost := w.readBack()
		w.waiting.giveBack(rows)
		w.lost(lost)
		w.sound = w.sound || lost > 0 // the file may be all that is left of them
	}
	w.closeOld()
	if w.file != nil {
		w.file.Close()
		w.file = nil
		w.turn = turnDiscard
		if w.sound {
			w.turn = turnShift
		}
	}
	w.torn = 0
	w.cadence.formatted(true)
}

// letGo gives up the file of a disk that has failed for long: while it is open
// the disk cannot be unmounted, and mounted again it would be the same dead
// file system. From then on the path alone is tried, on whatever is mounted.
func (w *writer) letGo() {
	t := &w.trouble
	if t.some && !t.full && t.pauseNS >= pauseMostNS && w.file != nil && w.regular && !w.inFlight {
		w.giveUp()
	}
}

func (w *writer) closeOld() {
	if w.old != nil {
		w.old.Close()
		w.old = nil
	}
}

// unsyncable tells that this file system has no sync to offer.
func unsyncable(err error) bool {
	return err == unix.EINVAL || err == unix.EOPNOTSUPP || err == unix.ENOSYS
}

// unpromise goes on without syncs, which nobody can promise here.
func (w *writer) unpromise(err error) {
	if !w.unsyncable {
		w.o.Say(Error, w.names.Path.String()+" cannot be synced: fdatasync: "+err.Error()+"; no row will count as synced")
	}
	w.front.stats.Failures[OpSync].Add(1)
	w.unsyncable = true
	w.unsynced.forget = true
	w.unsynced.clear()
	w.sound = true
	w.closeOld()
	w.named.Store(w.serial) // as well as it ever will be
}
