package demo

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/args"
	"vlpd/lean"
)

// tail follows the event log, as `tail -f` would.
type tail struct {
	fd    int // for the life of this process
	names map[string]string
	kinds map[string]int
	rest  string // a row that has not ended
	buf   []byte
}

func openTail(path string, names map[string]string) (*tail, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, lean.PathError("open", path, err)
	}
	return &tail{fd: fd, names: names, kinds: map[string]int{}, buf: make([]byte, 16<<10)}, nil
}

// follow reads what is new and tells of all rows but beats and noise.
func (t *tail) follow(say func(text string)) error {
	for {
		n, err := unix.Read(t.fd, t.buf)
		if n <= 0 {
			return lean.SyscallError("read", err)
		}
		t.rest += string(t.buf[:n])
		for {
			row, rest, ok := lean.Cut(t.rest, '\n')
			if !ok {
				break
			}
			t.rest = rest
			t.row(row, say)
		}
	}
}

func (t *tail) row(row string, say func(text string)) {
	col := lean.Split(row, '\t')
	if len(col) != 6 {
		say("a row of " + strconv.Itoa(len(col)) + " columns: " + lean.Quote(row))
		return
	}
	kind, who := col[1], col[2]
	t.kinds[kind]++
	if name := t.names[who]; name != "" {
		who = name
	}
	switch kind {
	case "beat":
	case "decode":
		if t.kinds[kind] == 1 {
			say("DECODE     " + who + ": " + col[5] + " (one such row a second at the most)")
		}
	case "stall":
		say("STALL      " + who + " is silent")
	case "recovered":
		say("RECOVERED  " + who + " beats again after " + seconds(col[5]) + " of silence")
	case "session":
		say("SESSION    " + who + " started anew (last nonce before: " + col[5] + ")")
	case "line":
		say("LINE       " + who + " is " + col[4] + ": " + col[5])
	default:
		say(left(upper(kind), 10) + " " + col[5])
	}
}

// seconds turns the log's nanoseconds into what people read.
func seconds(ns string) string {
	n, ok := lean.Uint(ns, 10, 1<<63-1)
	if !ok {
		return ns + " ns"
	}
	return args.SpanText(time.Duration(n) / time.Millisecond * time.Millisecond)
}

// upper is for the names of kinds, which are lower-case letters.
func upper(kind string) string {
	b := []byte(kind)
	for i := range b {
		b[i] &^= 'a' - 'A'
	}
	return string(b)
}
