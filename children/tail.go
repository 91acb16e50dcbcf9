package children

// tail keeps the last bytes of what is added. It grows with what comes, up to
// its limit, and goes round from there.
type tail struct {
	limit int
	buf   []byte
	next  int // when full: where the oldest byte is
}

func (t *tail) add(p []byte) {
	if t.limit == 0 {
		return
	}
	if len(p) >= t.limit {
		t.grow(t.limit)
		t.buf = append(t.buf[:0], p[len(p)-t.limit:]...)
		t.next = 0
		return
	}
	if room := t.limit - len(t.buf); room > 0 {
		n := min(room, len(p))
		t.grow(len(t.buf) + n)
		t.buf = append(t.buf, p[:n]...)
		p = p[n:]
	}
	for len(p) > 0 {
		n := copy(t.buf[t.next:], p)
		p = p[n:]
		t.next = (t.next + n) % t.limit
	}
}

// grow makes room for size bytes, twice what there was, and never more than
// the limit, as append would.
func (t *tail) grow(size int) {
	if size > cap(t.buf) {
		t.buf = append(make([]byte, 0, min(t.limit, max(size, 2*cap(t.buf)))), t.buf...)
	}
}

// bytes are what was kept, the oldest first.
func (t *tail) bytes() []byte {
	if t.next == 0 {
		return t.buf
	}
	return append(append(make([]byte, 0, len(t.buf)), t.buf[t.next:]...), t.buf[:t.next]...)
}
