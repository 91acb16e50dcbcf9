package audit

import "vlpd/sink"

// headRecords stand at the beginning of a file: header and boot record.
const headRecords = 2

// headUnsynced reports that a head was written and must be synced before
// anything stands behind it. So what a power cut can leave of a new file is a
// head, or the torn beginning of one, and never a record without it.
func (w *writer) headUnsynced() bool {
	n := w.headLength()
	return n > 0 && w.written >= n
}

// headLength is how many of pending are a head.
func (w *writer) headLength() int {
	switch {
	case len(w.pending) == 0:
		return 0
	case w.pending[0].kind == header:
		return headRecords
	case w.pending[0].kind == boot:
		return 1
	}
	return 0
}

// full reports that no more may be unsynced.
func (w *writer) full() bool {
	return w.written > 0 && (w.at.size-w.safe.size >= unsyncedBytes ||
		w.written == len(w.pending) && len(w.pending) > unsyncedRecords-headRecords)
}

// due reports that all there is was written and should be synced now: group
// commit, one sync for all that came while the last one was under way.
func (w *writer) due() bool {
	if w.written == 0 {
		return false
	}
	interval := int64(w.o.SyncInterval)
	return w.written >= w.o.SyncEvery || interval > 0 && w.now-w.since >= interval || w.closing || w.front.reopen.Load()
}

// sync makes safe what was written. The folder comes first: f2fs, after a power
// cut, brings back a synced file under its name even if the rename that made
// room for it is not known to the folder yet.
func (w *writer) sync() bool {
	if w.dirDue {
		if err := w.o.FS.SyncDir(w.names.Dir); err != nil {
			return w.fail(sink.OpSync, "fsync", w.names.Dir, err)
		}
		w.dirDue = false
	}
	err := w.fdatasync()
	if err != nil && unsyncable(err) {
		w.unpromise(err)
		err = nil
	}
	if err != nil {
		w.goBack()
		return w.fail(sink.OpSync, "fdatasync", w.names.Path, err)
	}
	if w.linked && w.file.Nameless() {
		w.o.Say(sink.Warn, w.names.Path.String()+" was deleted: a new one begins, with the records since the last sync")
		w.letGo()
		return true
	}
	w.covered()
	return true
}

func (w *writer) fdatasync() error {
	began := w.o.Clock()
	err := w.file.Fdatasync()
	w.now = w.o.Clock()
	took := w.now - began
	w.stats.Observe(took)
	if took > int64(w.o.SyncBudget) {
		w.stats.SyncBudgetExceeded.Add(1)
	}
	if err == nil {
		w.stats.Syncs.Add(1)
		w.well(sink.OpSync)
	}
	return err
}

// unpromise goes on without syncs, which nobody can promise here.
func (w *writer) unpromise(err error) {
	w.stats.Failures[sink.OpSync].Add(1)
	if !w.unsyncable {
		w.unsyncable = true
		w.o.Say(sink.Error, w.names.Path.String()+" cannot be synced: fdatasync: "+err.Error()+"; no record will count as synced")
	}
}

// covered forgets the records that are safe.
func (w *writer) covered() {
	if w.safe.size == 0 {
		w.base = w.at.size
	}
	if !w.unsyncable {
		w.stats.Synced.Add(w.at.seq - w.safe.seq)
	}
	fromRing := uint64(0)
	for i := range w.pending[:w.written] {
		r := &w.pending[i]
		if r.kind == output {
			w.lines.tails.release(r.at, r.value)
		}
		if r.kind >= spawn && !r.isLoss() {
			fromRing++
		}
	}
	w.front.done.Add(fromRing)
	w.pending = w.pending[:copy(w.pending, w.pending[w.written:])]
	w.written = 0
	w.safe = w.at
	w.unsure = false
}

func (r *record) isLoss() bool { return r.kind == refused && Reason(r.word) == lostRecords }

// goBack has everything behind safe cut off and written once more.
func (w *writer) goBack() {
	w.at = w.safe
	w.written = 0
	w.torn = true
}

// letGo closes the file. What was not synced is written again, to what is then
// under the path.
func (w *writer) letGo() {
	if w.file == nil || w.turn != turnNone {
		return
	}
	w.goBack()
	w.file.Close()
	w.file = nil
}
