package audit

import (
	"golang.org/x/sys/unix"

	"vlpd/sink"
)

// turn is the step that the rotation under way has reached. The file is synced
// before the first. Each may fail and is tried again after a pause; each may be
// the last before a crash, and the next start goes on from there:
//
//	after     PATH       PATH.1     next start
//	Shift     as before  missing    appends to PATH; next rotation fills the gap
//	Retire    missing    was PATH   goes on from PATH.1
//	Create    empty      was PATH   goes on from PATH.1
//	Name      empty      was PATH   goes on from PATH.1
type turn uint8

const (
	turnNone   turn = iota
	turnShift       // generations move one number up, the oldest first
	turnRetire      // PATH becomes PATH.1
	turnCreate      // PATH is created
	turnName        // the folder is synced; header and boot record follow
)

// rotate takes one step. It returns false when that failed.
func (w *writer) rotate() bool {
	switch w.turn {
	case turnShift:
		return w.shift()
	case turnRetire:
		return w.retire()
	case turnCreate:
		return w.create()
	}
	return w.name()
}

// shift makes room for PATH.1. Only the generations before the first gap move;
// without a gap the last one is replaced.
func (w *writer) shift() bool {
	if w.halved && !w.parted() {
		return false
	}
	gap, err := w.names.Gap(w.o.FS)
	if err != nil {
		return w.fail(sink.OpRename, "faccessat", w.names.Old[gap], err)
	}
	for g := gap; g > 0; g-- {
		if !w.rename(w.names.Old[g-1], w.names.Old[g]) {
			return false
		}
	}
	w.turn = turnRetire
	return true
}

// rename treats a missing file as moved: its name is free, which is all that counts.
func (w *writer) rename(from, to sink.Path) bool {
	if call, err := sink.Rename(w.o.FS, from, to); err != nil && err != unix.ENOENT {
		w.halved = true
		return w.fail(sink.OpRename, call, from, err)
	}
	w.well(sink.OpRename)
	return true
}

// parted ends renames that were cut short.
func (w *writer) parted() bool {
	p, err := w.names.Part(w.o.FS, w.o.Say)
	if w.halved = err != nil; w.halved {
		return w.fail(sink.OpRename, "unlink", p, err)
	}
	return true
}

func (w *writer) retire() bool {
	if !w.rename(w.names.Path, w.names.Old[0]) {
		return false
	}
	w.file.Close() // it is synced: nothing to learn from an error
	w.file, w.replace = nil, false
	w.turn = turnCreate
	return true
}

// create opens the next generation. If a file has come to be there meanwhile
// it is taken up like at a start.
func (w *writer) create() bool {
	if !w.open() {
		return false
	}
	w.turn = turnName
	return true
}

func (w *writer) name() bool {
	if err := w.o.FS.SyncDir(w.names.Dir); err != nil {
		return w.fail(sink.OpSync, "fsync", w.names.Dir, err)
	}
	w.well(sink.OpSync)
	w.dirDue, w.turn = false, turnNone
	w.stats.Rotations.Add(1)
	if w.o.Clock()-w.began > int64(w.o.RotationBudget) {
		w.stats.RotationBudgetExceeded.Add(1)
	}
	return true
}
