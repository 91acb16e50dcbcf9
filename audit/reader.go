package audit

import "bytes"

// source is an open file; tests have others. Read returns 0 and no error at
// the end, as read(2) does.
type source interface {
	Read(p []byte) (int, error)
}

// ending is how a line ends.
type ending uint8

const (
	whole   ending = iota // with a line feed, which is not part of what is returned
	torn                  // with the file
	tooLong               // beyond lineMost; the rest of it is skipped
	noLine                // there is none
)

// reader returns lines, with one buffer however long the file is.
type reader struct {
	s    source
	buf  []byte
	from int // what is in buf and was not returned yet
	to   int
	last bool // the source has ended
}

func newReader() *reader { return &reader{buf: make([]byte, lineMost)} }

func (r *reader) reset(s source) { r.s, r.from, r.to, r.last = s, 0, 0, false }

// next returns the next line, good until the next call.
func (r *reader) next() ([]byte, ending, error) {
	for looked := 0; ; {
		text := r.buf[r.from:r.to]
		if i := bytes.IndexByte(text[looked:], '\n'); i >= 0 {
			r.from += looked + i + 1
			return text[:looked+i], whole, nil
		}
		looked = len(text)
		switch {
		case r.last && looked == 0:
			return nil, noLine, nil
		case r.last:
			r.from = r.to
			return text, torn, nil
		case looked == len(r.buf):
			return text, tooLong, r.skip()
		}
		if err := r.fill(); err != nil {
			return nil, noLine, err
		}
	}
}

// fill reads more behind what is in buf, which is moved to its beginning.
func (r *reader) fill() error {
	r.to = copy(r.buf, r.buf[r.from:r.to])
	r.from = 0
	n, err := r.s.Read(r.buf[r.to:])
	r.to += n
	r.last = n == 0
	return err
}

// skip leaves the rest of a line out. The text returned before is overwritten.
func (r *reader) skip() error {
	for {
		r.from, r.to = 0, 0
		if err := r.fill(); err != nil || r.last {
			return err
		}
		if i := bytes.IndexByte(r.buf[:r.to], '\n'); i >= 0 {
			r.from = i + 1
			return nil
		}
	}
}
