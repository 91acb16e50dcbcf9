package sink

// reopenPauseNS is how often a reopening that failed is tried again. Rows go
// on into the old file meanwhile.
const reopenPauseNS = 5e9

// reopen opens PATH anew, for whoever has moved the file away, or has not. The
// old file is synced and closed like after a rotation.
func (w *writer) reopen() bool {
	w.reopenAt = 0
	f, err := w.names.Create(w.o.FS)
	if err != nil {
		w.reopenFailed(err)
		return true
	}
	before, wasRegular := w.file, w.regular
	if err = w.adopt(f); err != nil {
		w.reopenFailed(err)
		return true
	}
	w.well(OpOpen)
	w.headDue = w.size == 0
	switch {
	case before == nil:
	case wasRegular:
		w.old = before
	default:
		before.Close()
	}
	return true
}

func (w *writer) reopenFailed(err error) {
	w.reopenAt = w.now + reopenPauseNS
	w.note(OpOpen, "open", w.names.Path, err)
}

// adopt makes f the file that rows are appended to. A tail that is no row is
// cut off first; where that fails, nothing is appended but a new generation
// begun. If adopt fails, f is closed and all is as before.
func (w *writer) adopt(f File) error {
	size, regular, err := f.Size()
	if err != nil {
		f.Close()
		return err
	}
	w.file, w.size, w.regular, w.linked = f, size, regular, !f.Nameless()
	w.sound, w.torn, w.turn = size > 0, 0, turnNone
	w.unsynced.forget = w.o.never() || !regular || w.unsyncable
	w.dirDue = regular
	w.serial++
	if regular && size > 0 {
		if w.size, err = w.repair(f, size, w.names.Path); err != nil {
			w.note(OpOpen, "repair", w.names.Path, err)
			w.turn = turnShift
		}
	}
	return nil
}
