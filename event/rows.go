package event

import (
	"strconv"

	"vlpd/vlp"
)

// Rows is a Format for one goroutine that makes many rows, most of them beats.
// Beats that came in one batch share a reading of the clock, so the columns
// before the agent are made once for all of them; the rest is stored straight
// into place.
type Rows struct {
	Format *Format
	at     int64
	head   [headRoom]byte // column 1 of at, and column 2, with their tabs
	headN  int            // of it; 0 before the first beat
}

const (
	headRoom = 32  // 20 digits at most and "\tbeat\t"
	beatRoom = 128 // of a beat's row but for a source's name
)

// statusColumns are column 5 of beats with the tabs around it.
var statusColumns = [...]string{vlp.OK: "\tok\t", vlp.Degraded: "\tdegraded\t", vlp.Critical: "\tcritical\t"}

// Append is Format.Append.
func (w *Rows) Append(dst []byte, r *Record) []byte {
	if r.Kind != Beat || int(r.Status) >= len(statusColumns) {
		return w.Format.Append(dst, r)
	}
	if r.At != w.at || w.headN == 0 {
		w.at = r.At
		w.headN = len(append(strconv.AppendInt(w.head[:0], r.At, 10), "\tbeat\t"...))
	}
	name := w.Format.name(r.Source)
	n := len(dst)
	if cap(dst)-n < beatRoom+len(name) {
		return w.Format.Append(dst, r)
	}
	dst = dst[:n+beatRoom+len(name)]
	return dst[:n+w.beat(dst[n:], name, r)]
}

// beat stores the row of a beat at the beginning of b, and returns its length.
func (w *Rows) beat(b []byte, name string, r *Record) int {
	*(*[headRoom]byte)(b) = w.head
	n := w.headN
	if name != "" {
		n += copy(b[n:], name)
		b[n] = '/'
		n++
	}
	n = putUint(b, n, uint64(r.ID))
	b[n] = '\t'
	n = putUint(b, n+1, r.Nonce)
	n += copy(b[n:], statusColumns[r.Status])
	n = putUint(b, n, r.Value)
	b[n] = '\n'
	return n + 1
}
