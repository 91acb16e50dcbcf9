package sink

import (
	"bytes"

	"golang.org/x/sys/unix"
)

// turn is the step that the rotation under way has reached. Each may fail and
// is tried again after a pause; each may be the last before a crash, and the
// next start finds a state that it can go on from:
//
//	after      PATH       PATH.1     next start
//	Shift      as before  missing    appends to PATH; next rotation fills the gap
//	Retire     missing    was PATH   creates PATH
//	Discard    missing    as before  creates PATH
//	Create     empty      was PATH   writes a start row
//
// The old file is synced after it was renamed, so that rows can be read in
// their file while that takes seconds. No row counts as synced before the old
// file, the folder and the new file are, in this order; see syncJob.
type turn uint8

const (
	turnNone    turn = iota
	turnShift        // generations move one number up, the oldest first
	turnRetire       // PATH becomes PATH.1
	turnDiscard      // instead of both: PATH is deleted
	turnCreate       // PATH is created; the start row follows
)

// begin begins a rotation at step t.
func (w *writer) begin(t turn) bool {
	w.turn = t
	return true
}

// rotate takes one step. It returns false when that failed or cannot be done yet.
func (w *writer) rotate() bool {
	switch w.turn {
	case turnShift:
		return w.shift()
	case turnRetire:
		return w.retire()
	case turnDiscard:
		return w.discard()
	}
	return w.create()
}

// shift makes room for PATH.1. Only the generations before the first gap move;
// without a gap the last one is replaced. This is where rotation waits for the
// syncer: one old file may be unsynced at a time, and its own name must be on
// the disk before it is synced under another, see syncJob.
func (w *writer) shift() bool {
	if w.old != nil || !w.known() || w.halved && !w.parted() {
		return false
	}
	gap, err := w.names.Gap(w.o.FS)
	if err != nil {
		w.fail(OpRename, "faccessat", w.names.Old[gap], err)
		return false
	}
	for g := gap; g > 0; g-- {
		if !w.rename(w.names.Old[g-1], w.names.Old[g]) {
			return false
		}
	}
	return w.begin(turnRetire)
}

// rename treats a missing file as moved: its name is free, which is all that counts.
func (w *writer) rename(from, to Path) bool {
	call, err := Rename(w.o.FS, from, to)
	if err != nil && err != unix.ENOENT {
		w.halved = true
		w.full(err)
		w.fail(OpRename, call, from, err)
		return false
	}
	w.dirDue = true
	w.well(OpRename)
	return true
}

// parted ends renames that were cut short.
func (w *writer) parted() bool {
	p, err := w.names.Part(w.o.FS, w.o.Say)
	if w.halved = err != nil; w.halved {
		w.fail(OpRename, "unlink", p, err)
	}
	return !w.halved
}

// retire renames PATH and keeps its file for the syncer. After a failed sync
// there is none to keep; if its disk was mounted anew meanwhile, it shows its
// torn tail now. What cannot be cut is left to the next start.
func (w *writer) retire() bool {
	if w.file == nil {
		w.repairClosed(w.names.Path)
	}
	if !w.rename(w.names.Path, w.names.Old[0]) {
		return false
	}
	w.old, w.file = w.file, nil
	w.torn = 0
	return w.begin(turnCreate)
}

// discard deletes PATH if it still is the file that we began. Since then the
// disk may have been mounted anew, without our last renames, or be another:
// then PATH holds rows that count as synced, and becomes PATH.1.
func (w *writer) discard() bool {
	begun, err := w.begunHere()
	if err != nil {
		w.fail(OpOpen, "open", w.names.Path, err)
		return false
	}
	w.well(OpOpen)
	if !begun {
		return w.begin(turnShift)
	}
	if err := w.o.FS.Unlink(w.names.Path); err != nil && err != unix.ENOENT {
		w.fail(OpUnlink, "unlink", w.names.Path, err)
		return false
	}
	w.well(OpUnlink)
	return w.begin(turnCreate)
}

// begunHere reports whether PATH is missing, empty, or begins with the start
// row that was written last, which no other file does.
func (w *writer) begunHere() (bool, error) {
	f, err := w.o.FS.OpenFile(w.names.Path, false)
	if err == unix.ENOENT {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	size, _, err := f.Size()
	if err != nil || size == 0 {
		return err == nil, err
	}
	head := make([]byte, len(w.head))
	return len(head) > 0 && ReadFull(f, head, 0) == nil && bytes.Equal(head, w.head), nil
}

// create opens the next generation. If a file has come to be there meanwhile
// it is appended to like at a start.
func (w *writer) create() bool {
	f, err := w.names.Create(w.o.FS)
	if err == nil {
		err = w.adopt(f)
	}
	if err != nil {
		w.full(err)
		w.fail(OpOpen, "open", w.names.Path, err)
		return false
	}
	w.well(OpOpen)
	w.front.stats.Rotations.Add(1)
	w.headDue = true
	w.reopenAt = 0
	return true
}
