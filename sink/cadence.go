package sink

// cadence knows what has been written since the last sync began.
type cadence struct {
	bytes  int64
	since  int64 // when the first of them was
	urgent bool  // a row of a kind that is synced at once is among the rows, written or not
}

func (c *cadence) formatted(atOnce bool) { c.urgent = c.urgent || atOnce }

func (c *cadence) wrote(n int, now int64) {
	if c.bytes == 0 {
		c.since = now
	}
	c.bytes += int64(n)
}

// begin says that a sync begins. Rows that are not in the file yet stay urgent.
func (c *cadence) begin(waiting bool) {
	c.bytes = 0
	c.urgent = c.urgent && waiting
}

// syncAt returns when the next sync is due, w.now or before for at once, and 0
// for not before more is written.
//
// The three cadences come first come first served, and one sync serves all
// rows in the file. Beyond them, what the last rotation left is synced at
// once, and so is half of what may be unsynced, so that writing can go on with
// the other half meanwhile. Whatever is due for ordinary beats only waits for
// the budget, until writing would stop.
func (w *writer) syncAt() int64 {
	c := &w.cadence
	switch {
	case !w.regular && w.file != nil && w.old == nil:
		return 0
	case w.old != nil || w.dirDue:
		return w.now
	case c.bytes == 0:
		return 0
	case w.closing || c.urgent || w.overdue():
		return w.now
	}
	at := w.beatSyncAt()
	if at == 0 {
		return 0
	}
	return max(at, w.now+w.budget.wait(w.now, syncCost(c.bytes)))
}

// beatSyncAt is syncAt for rows that no kind makes urgent.
func (w *writer) beatSyncAt() int64 {
	switch {
	case w.o.SyncEvery > 0 && w.unsynced.rows >= w.o.SyncEvery, w.unsynced.bytes >= int64(w.o.Unsynced)/2:
		return w.now
	case w.o.SyncInterval > 0:
		return w.cadence.since + int64(w.o.SyncInterval)
	}
	return 0
}
