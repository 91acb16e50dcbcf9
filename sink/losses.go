package sink

import "vlpd/event"

// losses is what the writer knows of rows that are missing. The loop counts
// them when it drops them, the writer finds the gaps, and both must agree.
type losses struct {
	ring, disk uint64                       // of Stats.LostRing and LostDisk, those whose gap was found
	unsaid     [event.LostBudget + 1]uint64 // by reason, not yet in a lost row
	untold     bool                         // there are such
	at         int64                        // At of the last record, which the lost row takes
}

func (l *losses) note(reason int, n uint64) {
	l.unsaid[reason] += n
	l.untold = l.untold || n > 0
}

// account finds out why n rows are missing at this point. It returns false
// when the loop has dropped but not yet counted them. It comes again then: the
// loop wakes the writer for the record that it was pushing.
func (w *writer) account(n uint32) bool {
	if w.unfound() < uint64(n) {
		return false
	}
	l := &w.losses
	d := min(uint64(n), w.front.stats.LostDisk.Load()-l.disk)
	l.disk += d
	l.ring += uint64(n) - d
	l.note(event.LostDisk, d)
	l.note(event.LostRing, uint64(n)-d)
	w.merge.skip(n)
	return true
}

// lost says that n rows could not be read back.
func (w *writer) lost(n int) {
	w.losses.disk += uint64(n)
	w.losses.note(event.LostDisk, uint64(n))
	w.front.stats.LostDisk.Add(uint64(n))
}

// unfound returns how many rows the loop has counted as lost whose gap has not
// been found yet.
func (w *writer) unfound() uint64 {
	s := &w.front.stats
	return s.LostDisk.Load() + s.LostRing.Load() - w.losses.disk - w.losses.ring
}

// tell appends a lost row for each reason that has not been told yet.
func (w *writer) tell() {
	for reason, n := range w.losses.unsaid {
		if n == 0 {
			continue
		}
		w.own = event.Record{At: w.losses.at, Kind: event.Lost, Value: n, Code: uint16(reason)}
		w.waiting.buf = w.o.Row(w.waiting.buf, &w.own)
		w.waiting.rows++
		w.front.stats.Records.Add(1)
		w.cadence.formatted(w.o.SyncKinds.Has(event.Lost))
		w.losses.unsaid[reason] = 0
	}
	w.losses.untold = false
}

// leaveOut reports whether r is an ordinary beat that the budget has no bytes for.
func (w *writer) leaveOut(r *event.Record) bool {
	if w.closing || !ordinary(r) {
		return false
	}
	unsynced := w.cadence.bytes + int64(len(w.waiting.buf))
	return w.budget.short(w.now, syncCost(unsynced), budgetCredit)
}
