package sink

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

const repairChunk = 4 << 10

// repair cuts the tail of f that is not rows, and syncs the cut before anything
// is written behind it: else a later power cut could bring back old bytes under
// new length. It returns the size after that.
func (w *writer) repair(f File, size int64, p Path) (int64, error) {
	end, err := WholeLines(f, size, int64(2*w.o.Unsynced), 0)
	if err != nil || end == size {
		return size, err
	}
	if err = f.Truncate(end); err != nil {
		return size, err
	}
	if err = f.Fdatasync(); err != nil {
		return end, err
	}
	w.front.stats.Repaired.Add(uint64(size - end))
	w.o.Say(Warn, p.String()+": cut a torn tail of "+strconv.FormatInt(size-end, 10)+" bytes")
	return end, nil
}

// WholeLines returns where the lines of f end: behind the last LF before the
// first NUL of its last least bytes, or of a run of NULs that begins further
// ahead. NULs are what a power cut leaves where length was stored before content;
// those before floor are somebody else's. It reads backwards, and no more than it
// must.
func WholeLines(f File, size, least, floor int64) (int64, error) {
	chunk := make([]byte, repairChunk)
	end := int64(0)
	for at := size; at > 0; {
		p := chunk[:min(repairChunk, at)]
		at -= int64(len(p))
		if err := ReadFull(f, p, at); err != nil {
			return 0, err
		}
		ours := min(max(floor-at, 0), int64(len(p)))
		nul := bytes.IndexByte(p[ours:], 0)
		if nul >= 0 {
			p, end = p[:int(ours)+nul], 0 // what was found further back is behind damage
		}
		if i := bytes.LastIndexByte(p, '\n'); i >= 0 && end == 0 {
			end = at + int64(i) + 1
		}
		if end > 0 && (at <= floor || nul < 0 && size-at >= least) {
			break
		}
	}
	return end, nil
}

// repairGenerations cuts the tails of older files. They are not appended to,
// but whoever reads all files in a row must not find half a row before the
// next. One that cannot be repaired is said and left. The start does not wait
// for it: it may read much of a slow flash.
func (w *writer) repairGenerations() {
	if w.file == nil {
		return // the medium is no good, which was said
	}
	for _, p := range w.names.Old {
		if err := w.repairClosed(p); err != nil && err != unix.ENOENT {
			// Not a state of the log that could end: it is said once, here.
			w.front.stats.Failures[OpOpen].Add(1)
			w.o.Say(Error, callError("repair", p, err).Error())
		}
	}
}

// repairClosed repairs a file that is not open.
func (w *writer) repairClosed(p Path) error {
	f, err := w.o.FS.OpenFile(p, false)
	if err != nil {
		return err
	}
	defer f.Close()
	size, regular, err := f.Size()
	if err == nil && regular {
		_, err = w.repair(f, size, p)
	}
	return err
}
