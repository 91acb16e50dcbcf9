package sink

import "golang.org/x/sys/unix"

func isFull(err error) bool { return err == unix.ENOSPC || err == unix.EDQUOT }

// full makes room for names when it is room that is missing.
func (w *writer) full(err error) {
	if isFull(err) {
		w.dropOldest()
	}
}

// dropOldest deletes the oldest generation because the disk is full. One that
// is not synced yet stays. The folder is synced at once: file systems give the
// blocks back only then.
func (w *writer) dropOldest() bool {
	for g := len(w.names.Old) - 1; g >= 0; g-- {
		if g == 0 && w.old != nil {
			return false
		}
		err := w.o.FS.Unlink(w.names.Old[g])
		if err == unix.ENOENT {
			continue
		}
		if err != nil { // a folder of that name, say: the next one may go
			w.note(OpUnlink, "unlink", w.names.Old[g], err)
			continue
		}
		w.well(OpUnlink)
		w.o.Say(Warn, "no space left: deleted "+w.names.Old[g].String())
		w.o.FS.SyncDir(w.names.Dir) // for the blocks' sake; nothing rests on it
		return true
	}
	return false
}
