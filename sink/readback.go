package sink

import "bytes"

// readBack reads all unsynced rows from their files, in order, and returns
// them and how many are beyond reach. It is called when a sync has just
// failed. The kernel will not write those pages again, but most file systems
// keep them readable; where they are not, zeros, short reads and errors tell.
func (w *writer) readBack() (rows []byte, lost int) {
	u := &w.unsynced
	if u.bytes > 0 {
		rows = make([]byte, 0, u.bytes+int64(len(w.waiting.buf)))
	}
	for i := range u.list {
		e := &u.list[i]
		p := rows[len(rows) : int64(len(rows))+e.length()]
		whole := e.read(p)
		got := countRows(p[:whole])
		if got > e.rows { // never ours
			whole, got = 0, 0
		}
		rows = rows[:len(rows)+whole]
		lost += e.rows - got
	}
	u.clear()
	return rows, lost
}

// read fills p, which is as long as e, and returns how much of it is rows.
func (e *extent) read(p []byte) int {
	if ReadFull(e.file, p, e.from) != nil {
		return 0
	}
	if nul := bytes.IndexByte(p, 0); nul >= 0 {
		p = p[:nul]
	}
	return bytes.LastIndexByte(p, '\n') + 1
}
