package audit

import (
	"bytes"
)

// spot is where a line stands.
type spot struct {
	file string
	line int
}

// checker goes through the lines of all files, the oldest first.
type checker struct {
	key    *[KeyBytes]byte
	noted  *[KeyBytes]byte
	report func(Note)
	chain  *chain
	t      Totals
	at     spot

	// Of the file being read.
	headed  bool // a header was there
	foreign spot // first line before that which is none; line 0: none
	bootDue bool // the last line was a header
	other   spot // first line behind it that is no record, not explained yet

	// Of the chain.
	begun   bool
	next    uint64 // seq
	head    digest // zeros at the beginning and behind a record without one
	chained bool   // of this run of the writer: mode changes at boot records only
	lone    *ahead // the only record so far is this boot record of a rotation
	ahead   []ahead
}

func newChecker(q *Query, report func(Note)) *checker {
	c := &checker{key: q.Key, noted: q.Head, report: report, chain: newChain(q.Key)}
	c.t.HeadMissing = q.Head != nil
	return c
}

func (c *checker) enter(path string) {
	c.at = spot{file: path}
	c.headed, c.bootDue, c.foreign, c.other = false, false, spot{}, spot{}
	c.t.Files++
}

// leave ends a file.
func (c *checker) leave() {
	c.explain(nil)
	if !c.headed && c.foreign.line > 0 {
		c.note(&c.foreign, "no line of v2 in this file")
	}
}

// finish ends the last file.
func (c *checker) finish() {
	if len(c.ahead) > 0 {
		c.missing()
	}
	c.t.Head = shown(&c.head)
	if c.begun {
		c.t.Last = c.next - 1
	}
}

// take checks one line.
func (c *checker) take(line []byte, end ending) error {
	var p parsed
	s := sortOf(line, &p)
	switch {
	case end == torn && (c.headed || s != otherLine || bytes.HasPrefix([]byte(keyedHeader), line)):
		c.differ(&c.at, "torn last line", "a line feed behind its "+number(uint64(len(line)))+" bytes", "the end of the file")
	case end == tooLong:
		c.differ(&c.at, "line", "at most "+number(lineMost)+" bytes", "more")
	case s.isHeader():
		return c.header(s)
	case s == recordLine:
		c.record(&p)
	case c.headed:
		if c.other.line == 0 {
			c.other = c.at
		}
	default:
		return c.before(line)
	}
	return nil
}

// before takes a line in front of a file's first header. The original appends
// its header even to a line without a line feed.
func (c *checker) before(line []byte) error {
	c.t.Foreign++
	if c.foreign.line == 0 {
		c.foreign = c.at
	}
	if !bytes.HasSuffix(line, []byte(plainHeader)) {
		return nil
	}
	c.note(&c.at, "the header stands behind other text in one line")
	return c.header(plainHeaderLine)
}

func (c *checker) header(s sort) error {
	if s == keyedHeaderLine && c.key == nil {
		return ErrKeyNeeded
	}
	c.headed, c.bootDue = true, true
	if s == plainHeaderLine && c.key != nil {
		c.differ(&c.at, "header", keyedHeader, plainHeader)
	}
	return nil
}

// record checks a record's surroundings; its place in the chain is checked next.
func (c *checker) record(p *parsed) {
	isBoot := string(p.kind) == "boot"
	switch {
	case !c.headed:
		where := &c.at
		if c.foreign.line > 0 {
			where = &c.foreign
		}
		c.differ(where, "header", headerOf(c.key), "a record before it")
		c.headed = true
	case c.foreign.line > 0 && c.bootDue && string(p.origin) == originNames[fresh]:
		c.differ(&c.foreign, "header", headerOf(c.key), "something else")
	case c.bootDue && !isBoot:
		c.differ(&c.at, "kind", "boot behind a header", string(p.kind))
	}
	c.foreign, c.bootDue = spot{}, false
	c.explain(p.origin)
	c.t.Records++
	if !p.chained {
		c.t.Unchained++
	}
	if !isBoot && c.begun && p.chained != c.chained || !p.chained && c.key != nil {
		c.differ(&c.at, "chain", "what the boot record before has, a hash or `-`", shown(&p.chain))
	}
	c.chained = p.chained
	if isBoot {
		c.boot(p)
	} else {
		c.plain(p)
	}
	if c.noted != nil && p.chained && p.chain == digest(*c.noted) {
		c.t.HeadMissing = false
	}
}

// explain says what lines that are no records mean. In the original, and here,
// the boot record behind them tells of them.
func (c *checker) explain(origin []byte) {
	switch {
	case c.other.line == 0:
	case tells(origin):
		c.note(&c.other, "not a record; the boot record behind it says "+string(origin))
	default:
		c.differ(&c.other, "line", "a record", "something else")
	}
	c.other = spot{}
}

// differ says what is broken.
//
//go:noinline
func (c *checker) differ(at *spot, what, expected, got string) {
	c.t.Broken++
	c.report(Note{File: at.file, Line: at.line, Broken: true, Text: what + ": expected " + expected + ", got " + got})
}

//go:noinline
func (c *checker) note(at *spot, text string) {
	c.report(Note{File: at.file, Line: at.line, Text: text})
}
