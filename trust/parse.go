package trust

import "vlpd/lean"

// stat is what we need of /proc/PID/stat.
type stat struct {
	start uint64 // ticks since boot
	ended bool   // all its threads have; it waits to be reaped
}

// Fields of /proc/PID/stat by their number in proc_pid_stat(5).
const (
	fieldState   = 3
	fieldThreads = 20
	fieldStart   = 22
)

// parseStat reads
//
//	pid (comm) state ppid ... num_threads itrealvalue starttime ...
//
// comm is whatever the process calls itself, blanks and parentheses included;
// after the last parenthesis there are only numbers and the state's letter. A
// main thread that ended before others is a zombie too, hence the count of
// threads.
func parseStat(b []byte) (st stat, ok bool) {
	at := len(b) - 1
	for at >= 0 && b[at] != ')' {
		at--
	}
	if at < 0 || at+2 >= len(b) {
		return st, false
	}
	letter, threads := b[at+2], uint64(0)
	rest := b[at+2:]
	for field := fieldState; field < fieldStart; field++ {
		if field == fieldThreads {
			if threads, ok = firstUint(rest); !ok {
				return st, false
			}
		}
		for len(rest) > 0 && rest[0] != ' ' {
			rest = rest[1:]
		}
		if len(rest) == 0 {
			return st, false
		}
		rest = rest[1:]
	}
	st.start, ok = firstUint(rest)
	st.ended = (letter == 'Z' || letter == 'X') && threads <= 1
	return st, ok
}

// firstUint reads the number before the first blank. One that nothing follows
// may have been cut short.
func firstUint(b []byte) (n uint64, ok bool) {
	for i, c := range b {
		if c == ' ' {
			return lean.Uint(string(b[:i]), 10, 1<<64-1) // short: the copy stays on the stack
		}
	}
	return 0, false
}

// parseSpace reads the target of /proc/PID/ns/pid, such as pid:[4026531836],
// namespaces(7); 0 if it is none.
func parseSpace(link []byte) uint32 {
	const head = "pid:["
	n := len(link) - 1
	if n < len(head) || string(link[:len(head)]) != head || link[n] != ']' {
		return 0
	}
	inode, ok := lean.Uint(string(link[len(head):n]), 10, 1<<32-1)
	if !ok {
		return 0
	}
	return uint32(inode)
}
