package audit

import (
	"strconv"

	"vlpd/sink"
)

// takeUp makes f the file that is appended to. It may be the one that was there
// before, the next generation, or what somebody has put under the path.
func (w *writer) takeUp(f sink.File) (call string, err error) {
	size, _, err := f.Size()
	if err != nil {
		return "fstat", err
	}
	x := found{origin: rotation, header: true, at: place{seq: w.safe.seq, prev: w.safe.prev}}
	if known := w.safe.seq > 0; size > 0 || !known && w.turn != turnCreate {
		same := false
		if known {
			if same, err = w.sameFile(f, size); err != nil {
				return "pread", err
			}
		}
		if same {
			w.file, w.at, w.torn, w.length, w.dirDue = f, w.safe, size > w.safe.size, size, true
			return "", nil
		}
		if x, err = w.examine(f, size); err != nil {
			return "pread", err
		}
	}
	if x.at.size < size {
		if call, err = w.repair(f, size, x.at.size); err != nil {
			return call, err
		}
	}
	w.file, w.dirDue, w.torn, w.base = f, true, false, 0
	w.linked = !f.Nameless()
	w.at, w.safe, w.written, w.length = x.at, x.at, 0, x.at.size
	w.unsure, w.replace = x.at.size > 0, x.replace
	if x.origin != rotation {
		w.counted = x.at.seq
	}
	w.lead(&x)
	return "", nil
}

// sameFile reports whether the last record that is safe ends where it did, and
// nothing stands behind it that is not ours.
func (w *writer) sameFile(f sink.File, size int64) (bool, error) {
	if w.safe.size == 0 || size < w.safe.size || size > w.length {
		return false, nil
	}
	line, ok, err := newBackward(f, w.safe.size).next()
	if !ok || err != nil {
		return false, err
	}
	p, ok := parse(line)
	return ok && p.seq == w.safe.seq && p.chain == w.safe.prev, nil
}

// repair cuts the tail off, and syncs the cut before anything is written behind
// it: else a later power cut could bring back old bytes under new length.
func (w *writer) repair(f sink.File, size, end int64) (call string, err error) {
	if err = f.Truncate(end); err != nil {
		return "ftruncate", err
	}
	if err = f.Fdatasync(); err != nil && !unsyncable(err) {
		return "fdatasync", err
	}
	w.stats.Repaired.Add(uint64(size - end))
	w.o.Say(sink.Warn, w.names.Path.String()+": torn tail of "+strconv.FormatInt(size-end, 10)+
		" bytes truncated to the last newline")
	return "", nil
}

// lead puts the head that x asks for before all that waits, in place of one
// that does. A boot record that could not be written yet says more than that of
// a rotation, and stays.
func (w *writer) lead(x *found) {
	first := record{kind: boot, word: uint8(x.origin), wallMS: w.o.WallMS()}
	n := w.headLength()
	if n > 0 && x.origin == rotation {
		first = w.pending[n-1]
	}
	add := 1
	if x.header {
		add = headRecords
	}
	grown := w.pending[:add+len(w.pending)-n]
	copy(grown[add:], w.pending[n:])
	grown[add-1] = first
	if x.header {
		grown[0] = record{kind: header}
		if x.newline {
			grown[0].word = newlineFirst
		}
	}
	w.pending = grown
}

// open opens the path once there is no file, and takes up what is there.
func (w *writer) open() bool {
	f, err := w.names.Create(w.o.FS)
	if err != nil {
		return w.fail(sink.OpOpen, "open", w.names.Path, err)
	}
	if call, err := w.takeUp(f); err != nil {
		f.Close()
		return w.fail(sink.OpOpen, call, w.names.Path, err)
	}
	w.well(sink.OpOpen)
	return true
}
