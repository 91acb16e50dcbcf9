package audit

import (
	"bytes"

	"vlpd/sink"
)

// lineMost is the longest line that can be a record; what is longer is not looked at.
const lineMost = 64 << 10

// backward goes through the lines of a file from the last to the first, with
// one buffer however long the file is. Lines are whole: end is behind a line feed.
type backward struct {
	f     sink.File
	end   int64 // behind the line that comes next
	from  int64 // of what is in buf
	buf   []byte
	store []byte
}

func newBackward(f sink.File, end int64) *backward {
	return &backward{f: f, end: end, from: end, store: make([]byte, lineMost)}
}

// next returns the line before the last one, without its line feed; nil for
// one that is too long, and false at the beginning of the file. The line is
// good until the next call.
func (b *backward) next() (line []byte, ok bool, err error) {
	for b.end > 0 {
		b.buf = b.store[:b.end-b.from]
		if i := lastLine(b.buf); i > 0 || b.from == 0 {
			line = b.buf[i:]
			b.end = b.from + int64(i)
			return line[:len(line)-1], true, nil
		}
		if len(b.buf) == len(b.store) {
			return nil, true, b.skip()
		}
		if err = b.fill(); err != nil {
			return nil, false, err
		}
	}
	return nil, false, nil
}

// skip moves end to the beginning of a line that is longer than the buffer.
func (b *backward) skip() error {
	for b.end = b.from; b.end > 0; b.end = b.from {
		if err := b.fill(); err != nil {
			return err
		}
		if i := bytes.LastIndexByte(b.buf, '\n'); i >= 0 {
			b.end = b.from + int64(i) + 1
			return nil
		}
	}
	return nil
}

// lastLine returns where the last line of p begins; 0 if that is not known.
func lastLine(p []byte) int {
	if len(p) == 0 {
		return 0
	}
	return bytes.LastIndexByte(p[:len(p)-1], '\n') + 1
}

// fill reads what stands before end, as much as there is room for.
func (b *backward) fill() error {
	n := min(int64(len(b.store)), b.end)
	b.from = b.end - n
	b.buf = b.store[:n]
	return sink.ReadFull(b.f, b.buf, b.from)
}

// settled returns up to where the last least bytes of f were judged by an
// earlier start: behind a header, which may follow another schema, or behind a
// boot record that tells of what stands before it. NULs there are to stay.
func settled(f sink.File, size, least int64) (int64, error) {
	end, err := sink.WholeLines(f, size, 0, size)
	if err != nil {
		return 0, err
	}
	for b := newBackward(f, end); b.end > size-least; {
		behind := b.end
		line, ok, err := b.next()
		if !ok || err != nil {
			return 0, err
		}
		var p parsed
		switch s := sortOf(line, &p); {
		case s.isHeader() || bytes.HasSuffix(line, []byte(plainHeader)): // the original's may stand behind other text
			return behind, nil
		case s == recordLine && tells(p.origin):
			return behind, nil
		}
	}
	return 0, nil
}

// tells reports whether a boot record explains lines before it that are none.
func tells(origin []byte) bool {
	return string(origin) == originNames[schemaDrift] || string(origin) == originNames[corruptTail]
}
