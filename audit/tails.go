package audit

import "sync/atomic"

const (
	tailMost    = 1024 // bytes kept of one child's output, the last ones
	escapedMost = 2048 // characters they may become
)

// TailRoom is what Options.Tails needs if each of so many children may say
// something last, of which most bytes are captured: bounded by a MiB, for a
// loss is counted.
func TailRoom(children, most int) int { return min(children, 1024) * min(most, tailMost) }

// tails is what children wrote last, on its way from the loop to the file: a
// ring of bytes beside the ring of records, so that those need no pointers.
// A text is released when its record is synced.
type tails struct {
	buf []byte
	in  uint32        // the loop's: where the next text goes, in all bytes ever
	out atomic.Uint32 // the writer's: where the oldest one in use begins
}

// newTails makes room for size bytes, rounded up to a power of two.
func newTails(size int) *tails {
	n := tailMost
	for n < size && n < 1<<30 {
		n *= 2
	}
	return &tails{buf: make([]byte, n)}
}

// put copies the last bytes of p. It returns false if there is no room.
func (t *tails) put(p []byte) (at, n uint32, ok bool) {
	p = p[max(0, len(p)-tailMost):]
	if len(p) > len(t.buf)-int(t.in-t.out.Load()) {
		return 0, 0, false
	}
	at, n = t.in, uint32(len(p))
	from := int(at) & (len(t.buf) - 1)
	copy(t.buf, p[copy(t.buf[from:], p):])
	t.in += n
	return at, n, true
}

// appendText appends the n bytes at at as one line of printable ASCII; the
// first ones are left out where it would be too long.
func (t *tails) appendText(dst []byte, at, n uint32) []byte {
	from, length := at+n, 0
	for from != at {
		w := 1
		if !plain(t.byte(from - 1)) {
			w = 4
		}
		if length += w; length > escapedMost {
			break
		}
		from--
	}
	for ; from != at+n; from++ {
		c := t.byte(from)
		if plain(c) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return dst
}

func (t *tails) byte(at uint32) byte { return t.buf[int(at)&(len(t.buf)-1)] }

func plain(c byte) bool { return ' ' <= c && c <= '~' && c != '\\' }

// release gives back all up to the end of the text at at.
func (t *tails) release(at, n uint32) { t.out.Store(at + n) }
