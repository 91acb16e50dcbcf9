package sink

import "bytes"

// waitingBytes is the buffer of every day: what one write takes at most.
const waitingBytes = 16 << 10

// waiting is the rows that are to be written, whole, the oldest first. It
// grows for the rows that a failed sync gives back, and shrinks again when
// they are written.
type waiting struct {
	buf   []byte
	rows  int    // in buf
	home  []byte // the buffer of every day
	given bool   // buf is not home
}

func newWaiting() waiting {
	home := make([]byte, 0, waitingBytes)
	return waiting{buf: home, home: home}
}

// room is how many bytes of rows may be added; none, while rows given back
// are in the way.
func (w *waiting) room() int { return cap(w.home) - len(w.buf) }

// fits returns how many bytes of whole rows fit into room.
func (w *waiting) fits(room int64) int {
	if int64(len(w.buf)) <= room {
		return len(w.buf)
	}
	return bytes.LastIndexByte(w.buf[:max(room, 0)], '\n') + 1
}

// first returns the length of the first row; 0 if there is none.
func (w *waiting) first() int { return bytes.IndexByte(w.buf, '\n') + 1 }

// drop removes the first n bytes: they are in the file.
func (w *waiting) drop(n int) {
	w.rows -= w.count(n)
	w.buf = w.buf[:copy(w.buf, w.buf[n:])]
	if w.given && len(w.buf) <= cap(w.home) {
		w.buf, w.given = append(w.home[:0], w.buf...), false
	}
}

// giveBack puts rows before all others.
func (w *waiting) giveBack(rows []byte) {
	if len(rows) > 0 {
		w.rows += countRows(rows)
		w.buf, w.given = append(rows, w.buf...), true
	}
}

// count returns how many rows the first n bytes are. All of them is what one
// write takes as a rule, and need not be counted.
func (w *waiting) count(n int) int {
	if n == len(w.buf) {
		return w.rows
	}
	return countRows(w.buf[:n])
}

func countRows(p []byte) (rows int) {
	for i := bytes.IndexByte(p, '\n'); i >= 0; i = bytes.IndexByte(p, '\n') {
		rows++
		p = p[i+1:]
	}
	return rows
}
