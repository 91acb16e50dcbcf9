package sink

import "bytes"

// retained is the rows from the last synced one on: first those in the file,
// then those to be written. A failed sync makes all of them rows to be
// written. It is one buffer of fixed size; the writer owns it.
//
//	0 ------- marked ------- written ------- len(buf) ------- cap(buf)
//	 sync began  in the file           waiting          free
type retained struct {
	buf     []byte
	written int
	marked  int  // what the sync under way covers
	rows    int  // in the file, not counted as synced
	mark    int  // of them, those the sync under way covers
	forget  bool // no cadence: what is written is not kept
}

func (r *retained) room() int       { return cap(r.buf) - len(r.buf) }
func (r *retained) waiting() []byte { return r.buf[r.written:] }

// fits returns how many bytes of whole waiting rows fit into room.
func (r *retained) fits(room int64) int {
	p := r.waiting()
	if int64(len(p)) <= room {
		return len(p)
	}
	return bytes.LastIndexByte(p[:max(room, 0)], '\n') + 1
}

// first returns the length of the first waiting row; 0 if there is none.
func (r *retained) first() int { return bytes.IndexByte(r.waiting(), '\n') + 1 }

// wrote says that n more bytes are in the file.
func (r *retained) wrote(n int) {
	r.rows += countRows(r.waiting()[:n])
	r.written += n
	if r.forget {
		r.drop(r.written)
	}
}

func countRows(p []byte) (rows int) {
	for i := bytes.IndexByte(p, '\n'); i >= 0; i = bytes.IndexByte(p, '\n') {
		rows++
		p = p[i+1:]
	}
	return rows
}

// begin says that a sync begins that covers everything written.
func (r *retained) begin() { r.marked, r.mark = r.written, r.rows }

// synced says that it succeeded, and returns how many rows it covers.
func (r *retained) synced() int {
	n := r.mark
	r.rows -= n
	r.drop(r.marked)
	r.marked, r.mark = 0, 0
	return n
}

// rewind says that no row is on the disk that was not synced.
func (r *retained) rewind() { r.written, r.marked, r.rows, r.mark = 0, 0, 0, 0 }

func (r *retained) drop(n int) {
	r.buf = r.buf[:copy(r.buf, r.buf[n:])]
	r.written -= n
}

// keepWaiting drops what is written, synced or not.
func (r *retained) keepWaiting() {
	r.marked, r.mark = 0, 0
	r.drop(r.written)
}
