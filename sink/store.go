package sink

import (
	"bytes"
	"math"

	"golang.org/x/sys/unix"
)

// store brings waiting rows into the file, one thing at a time, until there is
// nothing left to do, something failed, or a sync must end first.
func (w *writer) store() {
	for w.advance() {
	}
}

// advance does the next thing that stands between the rows and the file. It
// returns false when there is none, or none can be done now.
func (w *writer) advance() bool {
	switch {
	case w.turn != turnNone:
		return w.rotate()
	case w.torn > 0:
		return w.mend()
	case w.reopenAt != 0 && w.now >= w.reopenAt && w.old == nil && w.known():
		return w.reopen()
	case w.headDue:
		return w.writeHead()
	case len(w.waiting.buf) > 0 && !w.overdue():
		return w.writeRows()
	}
	return false
}

// spare is how much the file may still grow.
func (w *writer) spare() int64 {
	if w.o.MaxBytes == 0 || !w.regular {
		return math.MaxInt64
	}
	return w.o.MaxBytes - w.size
}

// writeHead writes the start row. It gives way where file, start row and the
// next row would exceed the cap: in a full file to rotation, and in an empty
// one, whose cap is very small, to the row.
func (w *writer) writeHead() bool {
	w.own = w.o.Start()
	w.own.At = w.now
	w.head = w.o.Row(w.head[:0], &w.own)
	switch n := int64(len(w.head)); {
	case w.size > 0 && n > w.spare():
		return w.begin(turnShift)
	case w.size == 0 && w.waiting.first() > 0 && n+int64(w.waiting.first()) > w.spare():
		w.headDue = false
		return true
	}
	n, err := w.put(w.head)
	if err != nil {
		return w.tear(n, err)
	}
	w.headDue = false
	w.size += int64(n)
	w.cadence.formatted(w.o.SyncKinds.Has(w.own.Kind))
	return true
}

// overdue reports that no more may be written before a sync has succeeded: what
// a failed one gives back must fit into memory.
func (w *writer) overdue() bool { return w.unsynced.bytes >= int64(w.o.Unsynced) }

// writeRows writes as many rows as the cap allows with one call.
func (w *writer) writeRows() bool {
	n := w.waiting.fits(w.spare())
	if n == 0 {
		if w.size > 0 {
			return w.shrunk() || w.begin(turnShift)
		}
		n = w.waiting.first() // exceeds the cap by itself, and stands alone
	}
	p := w.waiting.buf[:n]
	n, err := w.put(p)
	if err != nil {
		whole := bytes.LastIndexByte(p[:n], '\n') + 1
		if !w.regular {
			whole = n // a device takes the rest of the row later
		}
		w.wrote(whole)
		return w.tear(n-whole, err)
	}
	w.wrote(n)
	return true
}

func (w *writer) wrote(n int) {
	w.unsynced.wrote(w.file, w.size, n, w.waiting.count(n))
	w.size += int64(n)
	w.waiting.drop(n)
	w.sound = w.sound || w.unsynced.forget
}

// put writes all of p, or says how much of it.
func (w *writer) put(p []byte) (n int, err error) {
	n, err = WriteFull(w.file, p)
	w.front.stats.Bytes.Add(uint64(n))
	w.cadence.wrote(n, w.now)
	if err == nil {
		w.well(OpWrite)
	}
	return n, err
}

// tear handles a write that failed after part bytes of a row. They are cut off
// at once, so that nothing can be written behind them. When the disk is full
// the oldest generation goes, and writing goes on; so it does in the next one
// when the file can grow no more: 4 GiB on FAT, or RLIMIT_FSIZE.
func (w *writer) tear(part int, err error) bool {
	w.torn = int64(part)
	if !w.regular {
		w.torn = 0
	}
	if w.torn > 0 {
		w.cut()
	}
	if isFull(err) && w.dropOldest() {
		w.front.stats.Failures[OpWrite].Add(1)
		return true
	}
	if err == unix.EFBIG && w.regular && w.size > int64(len(w.head)) {
		w.front.stats.Failures[OpWrite].Add(1)
		return w.begin(turnShift)
	}
	w.fail(OpWrite, "write", w.names.Path, err)
	return false
}

// mend tries once more to cut off the torn row; failing that, a new generation begins.
func (w *writer) mend() bool {
	if w.cut() {
		return true
	}
	return w.begin(turnShift)
}

// cut removes the torn bytes. It does not touch a file that is not as long as
// it should be: somebody else has been at it.
func (w *writer) cut() bool {
	size, _, err := w.file.Size()
	if err != nil || size != w.size+w.torn || w.file.Truncate(w.size) != nil {
		return false
	}
	w.torn = 0
	return true
}

// shrunk notices that the file was cut from outside, as logrotate's
// copytruncate does, so that there is room again.
func (w *writer) shrunk() bool {
	size, _, err := w.file.Size()
	if err != nil || size >= w.size {
		return false
	}
	w.unsynced.cut(w.file)
	w.size = size
	w.headDue = size == 0
	return true
}
