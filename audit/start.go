package audit

import (
	"bytes"
	"errors"

	"golang.org/x/sys/unix"

	"vlpd/sink"
)

// found is what a file says about where to go on. The cases are the original's,
// repaired: seq and chain go on wherever there is a last record.
//
//	the file                            boot record   before it
//	absent, empty                       fresh         header
//	the same, but PATH.1 has records    resume        header
//	last line a record                  resume        -
//	ours, and no final line feed        corrupt_tail  cut behind the last line feed
//	ours, last line none of ours        schema_drift  -
//	ours, a header and no record        fresh (1)     -
//	v1, no record of v2                 legacy_v1     header
//	anything else                       schema_drift  header
//
// (1) legacy_v1 or schema_drift where something else stands before the header.
// Ours is what begins with a v2 header or holds a v2 record. A header behind a
// line without its line feed gets one before it.
type found struct {
	origin  origin
	at      place // size less than the file's: it is cut there
	header  bool
	newline bool // a line feed is missing before the header
	replace bool // what is there is of the other sort: a new generation begins
}

// ErrKeyed is a keyed file without a key to go on with.
var ErrKeyed = errors.New("its chain is keyed (hmac-sha256), and no key was given: give the key, or move the file away")

// examine reads what must be read of f: its beginning, its end, and what lies
// between only if there is no record at the end.
func (w *writer) examine(f sink.File, size int64) (x found, err error) {
	begin, err := beginning(f, size)
	if err != nil {
		return x, err
	}
	if begin == keyedHeaderLine && w.o.Key == nil {
		return x, ErrKeyed
	}
	x.at.size = size
	if begin == emptyLine {
		x.at.size, x.header = 0, true
		return x, w.before(&x)
	}
	floor, err := settled(f, size, 2*unsyncedBytes)
	if err != nil {
		return x, err
	}
	end, err := sink.WholeLines(f, size, 2*unsyncedBytes, floor)
	if err != nil {
		return x, err
	}
	last, rec, err := lastRecord(f, end)
	if err != nil {
		return x, err
	}
	x.at.seq, x.at.prev = rec.seq, rec.chain
	if ours := begin.isHeader() || last.isHeader() || rec.seq > 0; !ours {
		return w.foreign(f, x, begin)
	}
	x.at.size = end
	x.replace = w.o.Key != nil && begin != keyedHeaderLine
	switch {
	case end < size:
		x.origin = corruptTail
	case last == recordLine || last.isHeader() && rec.seq > 0:
		x.origin = resume
	case last.isHeader():
		x.origin = originOf(begin)
	default:
		x.origin = schemaDrift
		w.o.Say(sink.Warn, w.names.Path.String()+": the last line is no record of v1 or v2; seq and chain go on from the last one that is")
	}
	if rec.seq == 0 && begin.isHeader() {
		reason := x.origin
		if err = w.before(&x); reason != fresh {
			x.origin = reason
		}
	}
	return x, err
}

// originOf is the reason for a first boot record behind what begins a file.
func originOf(begin sort) origin {
	switch {
	case begin.isHeader():
		return fresh
	case begin == v1HeaderLine:
		return legacyV1
	}
	return schemaDrift
}

// foreign is a file without anything of v2.
func (w *writer) foreign(f sink.File, x found, begin sort) (found, error) {
	x.header, x.origin = true, originOf(begin)
	text := ": header does not match v1 or v2; a v2 header is appended"
	if begin == v1HeaderLine {
		text = ": legacy v1 prefix; a v2 header is appended"
	}
	if w.o.Key != nil {
		x.header, x.replace = false, true
		text += " to a new generation"
	}
	w.o.Say(sink.Warn, w.names.Path.String()+text)
	var c [1]byte
	err := sink.ReadFull(f, c[:], x.at.size-1)
	x.newline = c[0] != '\n'
	return x, err
}

// before goes on from PATH.1, where a crash in a rotation has left PATH without
// a record.
func (w *writer) before(x *found) error {
	f, err := w.o.FS.OpenFile(w.names.Old[0], false)
	if err == unix.ENOENT {
		return nil
	}
	if err != nil { // not ours, by its permissions: it says nothing
		w.o.Say(sink.Warn, callError("open", w.names.Old[0], err).Error())
		return nil
	}
	defer f.Close()
	size, _, err := f.Size()
	if err != nil {
		return err
	}
	end, err := sink.WholeLines(f, size, 0, 0)
	if err != nil {
		return err
	}
	_, rec, err := lastRecord(f, end)
	if err == nil && rec.seq > 0 {
		x.origin, x.at.seq, x.at.prev = resume, rec.seq, rec.chain
	}
	return err
}

// emptyLine is the beginning of a file that holds nothing: no byte, or no more
// than the beginning of a header and NULs behind it.
const emptyLine = v1HeaderLine + 1

// firstLineMost is beyond any first line that says what a file is.
const firstLineMost = 16 << 10

// beginning says what the first line of f is.
func beginning(f sink.File, size int64) (sort, error) {
	var buf [firstLineMost]byte
	b := buf[:min(size, int64(len(buf)))]
	if err := sink.ReadFull(f, b, 0); err != nil {
		return otherLine, err
	}
	text := b
	if i := bytes.IndexByte(text, 0); i >= 0 {
		text = text[:i]
	}
	torn := bytes.HasPrefix([]byte(keyedHeader), text) && len(bytes.TrimLeft(b[len(text):], "\x00")) == 0
	if size == int64(len(b)) && torn {
		return emptyLine, nil
	}
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		var p parsed
		return sortOf(text[:i], &p), nil
	}
	return otherLine, nil
}

// lastRecord looks for the last record before end, and says what the last line is.
func lastRecord(f sink.File, end int64) (last sort, rec parsed, err error) {
	lines := newBackward(f, end)
	for first := true; ; first = false {
		line, ok, err := lines.next()
		if err != nil || !ok {
			return last, parsed{}, err
		}
		s := sortOf(line, &rec)
		if first {
			last = s
		}
		if s == recordLine {
			return last, rec, nil
		}
	}
}
