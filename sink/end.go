package sink

// end ends the writer once it is told to, when nothing is left to store, or
// when the disk has failed often enough. Nothing is under way then.
func (w *writer) end() {
	if !w.closing || w.inFlight {
		return
	}
	if w.unfinished() && !w.givenUp() {
		return
	}
	w.countLeft()
	w.ended = true
	if w.file != nil {
		w.file.Close()
	}
	if w.old != nil {
		w.old.Close()
	}
}

// givenUp reports whether the disk has failed often enough at the end.
func (w *writer) givenUp() bool { return w.trouble.atTheEnd >= closingFailures }

// unfinished is working, as far as waiting for it makes sense: a device never
// becomes synced.
func (w *writer) unfinished() bool {
	if !w.regular && w.file != nil {
		return len(w.waiting.buf) > 0 || w.headDue || w.old != nil
	}
	return w.working()
}

// countLeft counts rows that are lost with the disk's failure.
func (w *writer) countLeft() {
	unstored := w.waiting.rows
	if w.regular {
		unstored += w.unsynced.rows
	}
	unread := w.front.pushed.Load() + 1 - w.merge.next
	w.left = uint64(unread) - w.unfound() + uint64(unstored)
	w.front.stats.LostDisk.Add(w.left)
}
