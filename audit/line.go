package audit

import (
	"strconv"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// place is a point between two lines: all that the next one needs to know.
type place struct {
	size int64 // of the file up to here
	seq  uint64
	prev digest
}

// lines turns records into lines.
type lines struct {
	header string
	pid    uint32
	agent  func(dst []byte, source uint16, id uint32) []byte
	names  *commands
	tails  *tails
	chain  *chain
}

// append appends r as the line at *at, and moves *at behind it.
func (l *lines) append(dst []byte, r *record, at *place) []byte {
	from := len(dst)
	if r.kind == header {
		if r.word == newlineFirst {
			dst = append(dst, '\n')
		}
		dst = lean.Add(dst, l.header)
	} else {
		at.seq++
		dst = l.appendBody(dst, r, at)
		at.prev = *l.chain.link(kindNames[r.kind], &at.prev, dst[from:])
		dst = appendHex(append(dst, '\t'), &at.prev)
	}
	dst = append(dst, '\n')
	at.size += int64(len(dst) - from)
	return dst
}

// appendBody appends the columns up to the tab before chain. Column 3, the
// observer's time, is always 0, as in the original.
func (l *lines) appendBody(dst []byte, r *record, at *place) []byte {
	dst = strconv.AppendUint(dst, at.seq, 10)
	dst = appendNumber(dst, uint64(max(r.wallMS, 0)))
	dst = appendWord(dst, "0")
	dst = appendWord(dst, kindNames[r.kind])
	switch r.kind {
	case boot:
		dst = appendPrev(appendWord(appendNumber(dst, uint64(l.pid)), ""), &at.prev)
		return appendWord(dst, originNames[r.word])
	case refused:
		return l.appendRefused(dst, r)
	}
	dst = l.agent(appendWord(dst, ""), r.source, r.id)
	dst = appendNumber(dst, uint64(r.child))
	switch r.kind {
	case spawn:
		c := l.names.get(r.at)
		dst = appendWord(dst, "exec")
		dst = appendWord(dst, c.program)
		dst = appendWord(dst, c.source)
		return appendNumber(dst, uint64(r.value))
	case output:
		return l.tails.appendText(appendWord(dst, ""), r.at, r.value)
	}
	return appendEnd(dst, r)
}

func (l *lines) appendRefused(dst []byte, r *record) []byte {
	if Reason(r.word) == lostRecords {
		dst = appendWord(dst, "0")
	} else {
		dst = l.agent(appendWord(dst, ""), r.source, r.id)
	}
	dst = appendWord(dst, reasonNames[r.word])
	switch Reason(r.word) {
	case lostRecords:
		dst = strconv.AppendUint(dst, uint64(r.value), 10)
	case spawnFailed:
		dst = lean.Add(dst, callNames[r.at])
		if name := unix.ErrnoName(unix.Errno(r.value)); name != "" {
			return lean.Add(dst, name)
		}
		dst = strconv.AppendUint(dst, uint64(r.value), 10)
	}
	return dst
}

// appendEnd appends outcome and all behind it.
func appendEnd(dst []byte, r *record) []byte {
	outcome, status := Outcome(r.word&^truncatedFlag), unix.WaitStatus(r.value)
	dst = appendWord(dst, outcomeNames[outcome])
	code, signal := int64(-1), int64(-1)
	switch {
	case outcome == ReapFailed:
	case status.Signaled():
		signal = int64(status.Signal())
	default:
		code = int64(status.ExitStatus())
	}
	dst = appendOrDash(dst, code)
	dst = appendOrDash(dst, signal)
	dst = appendNumber(dst, r.ns)
	dst = appendNumber(dst, r.stdout)
	dst = appendNumber(dst, r.stderr)
	if r.word&truncatedFlag != 0 {
		return appendWord(dst, "true")
	}
	return appendWord(dst, "false")
}

// appendPrev appends a chain value, or `-` where there is none.
func appendPrev(dst []byte, d *digest) []byte {
	if d.zero() {
		return append(dst, '-')
	}
	return appendHex(dst, d)
}

//go:noinline
func appendWord(dst []byte, s string) []byte { return append(append(dst, '\t'), s...) }

//go:noinline
func appendNumber(dst []byte, n uint64) []byte { return strconv.AppendUint(append(dst, '\t'), n, 10) }

func appendOrDash(dst []byte, n int64) []byte {
	if n < 0 {
		return appendWord(dst, "-")
	}
	return appendNumber(dst, uint64(n))
}

// appendID is how agents are called where nobody says otherwise.
func appendID(dst []byte, _ uint16, id uint32) []byte { return strconv.AppendUint(dst, uint64(id), 10) }
