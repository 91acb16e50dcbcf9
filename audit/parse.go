package audit

import (
	"bytes"

	"vlpd/lean"
)

// seqMost is beyond what any log reaches; it keeps seq+1 from being 0.
const seqMost = 1<<63 - 1

// columnsLeast are seq, wall_ms, observer_ns, kind, one of the kind's own, chain.
const columnsLeast = 6

// parsed is a line that is a record by its form. Its slices point into the line.
type parsed struct {
	seq     uint64
	kind    []byte
	body    []byte // up to the tab before chain
	chain   digest
	chained bool // false: chain is `-`, of a build without the chain feature

	// Of a boot record only.
	prev, origin []byte
}

// parse takes a line without its line feed. The form is the original's, and a
// little more is asked for, so that no line of another schema passes for one:
// three numbers, a word, at least one more column, and `-` or 64 lower-case
// hex digits. Kinds are not judged: newer ones may come.
func parse(line []byte) (p parsed, ok bool) {
	cut := bytes.LastIndexByte(line, '\t')
	if cut < 0 {
		return p, false
	}
	p.body = line[:cut]
	if p.chain, p.chained = parseHex(line[cut+1:]); !p.chained && string(line[cut+1:]) != "-" {
		return p, false
	}
	var col [8][]byte
	n := 0
	for rest, more := p.body, true; more && n < len(col); n++ {
		if i := bytes.IndexByte(rest, '\t'); i >= 0 {
			col[n], rest = rest[:i], rest[i+1:]
		} else {
			col[n], more = rest, false
		}
	}
	if n < columnsLeast-1 || !isNumber(col[0]) || !isNumber(col[1]) || !isNumber(col[2]) || !isWord(col[3]) {
		return p, false
	}
	if p.seq, ok = lean.Uint(string(col[0]), 10, seqMost); !ok || p.seq == 0 {
		return p, false
	}
	p.kind = col[3]
	if string(p.kind) == "boot" {
		p.prev, p.origin = col[5], col[6]
	}
	return p, true
}

func isNumber(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

// wordMost bounds the name of a kind.
const wordMost = 16

func isWord(b []byte) bool {
	for _, c := range b {
		if (c < 'a' || c > 'z') && c != '_' {
			return false
		}
	}
	return 0 < len(b) && len(b) <= wordMost
}

// sort says what a line is by itself.
type sort uint8

const (
	otherLine sort = iota
	recordLine
	plainHeaderLine
	keyedHeaderLine
	v1HeaderLine
)

// sortOf takes a line without its line feed; p is filled for a record.
func sortOf(line []byte, p *parsed) sort {
	switch string(line) {
	case plainHeader:
		return plainHeaderLine
	case keyedHeader:
		return keyedHeaderLine
	case v1Header:
		return v1HeaderLine
	}
	ok := false
	if *p, ok = parse(line); ok {
		return recordLine
	}
	return otherLine
}

func (s sort) isHeader() bool { return s == plainHeaderLine || s == keyedHeaderLine }
