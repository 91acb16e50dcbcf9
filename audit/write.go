package audit

import (
	"golang.org/x/sys/unix"

	"vlpd/sink"
)

// writeHead writes what Open has found to be due, for a caller that can wait
// for a write but not for a sync.
func (w *writer) writeHead() {
	for w.written < len(w.pending) && w.turn == turnNone && !w.pausing() && w.write() {
	}
}

// write writes one line, or begins a rotation where it would exceed the cap.
func (w *writer) write() bool {
	next := w.at
	w.line = w.lines.append(w.line[:0], &w.pending[w.written], &next)
	if w.replace || w.o.MaxBytes > 0 && next.size > w.o.MaxBytes && w.at.size > w.base {
		if w.written > 0 || w.unsure {
			return w.sync()
		}
		w.turn, w.began = turnShift, w.now
		return true
	}
	n, err := w.put(w.line)
	if err != nil {
		if w.torn = n > 0; w.torn && w.closing { // there may be no later
			w.cut()
		}
		if w.outgrown(err) {
			return true
		}
		return w.fail(sink.OpWrite, "write", w.names.Path, err)
	}
	w.well(sink.OpWrite)
	if w.written == 0 {
		w.since = w.now
	}
	w.at = next
	w.written++
	if w.at.seq > w.counted {
		w.counted = w.at.seq
		w.stats.Records.Add(1)
	}
	return true
}

// outgrown has the next generation begun where the file can grow no more: 4 GiB on
// FAT, or RLIMIT_FSIZE. Of one begun here something must be safe behind its boot
// record, or they would follow each other without end.
func (w *writer) outgrown(err error) bool {
	if err != unix.EFBIG || w.safe.size == 0 || w.at.size <= w.base {
		return false
	}
	w.stats.Failures[sink.OpWrite].Add(1)
	w.replace = true
	return true
}

// put writes all of p, or says how much of it.
func (w *writer) put(p []byte) (n int, err error) {
	n, err = sink.WriteFull(w.file, p)
	w.length += int64(n)
	w.stats.Bytes.Add(uint64(n))
	return n, err
}

// cut removes what stands behind the last line. A file that is not as long as
// it should be is not touched: somebody else has been at it, so it is taken up
// like at a start.
func (w *writer) cut() bool {
	size, _, err := w.file.Size()
	if err != nil {
		return w.fail(sink.OpWrite, "fstat", w.names.Path, err)
	}
	if size != w.length {
		w.letGo()
		return true
	}
	if err := w.file.Truncate(w.at.size); err != nil {
		return w.fail(sink.OpWrite, "ftruncate", w.names.Path, err)
	}
	w.torn, w.length = false, w.at.size
	return true
}
