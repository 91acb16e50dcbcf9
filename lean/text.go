package lean

import "unicode/utf8"

// Quote puts s between quotes, as strconv.Quote does but without its tables of
// what can be printed: quotes, backslashes and control bytes are escaped, and
// so are all bytes beyond ASCII if s is not UTF-8.
func Quote(s string) string {
	const hex = "0123456789abcdef"
	valid := utf8.ValidString(s)
	b := append(make([]byte, 0, len(s)+2), '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < ' ' || c == 0x7f || (c > 0x7f && !valid):
			b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// Uint reads digits of a base up to 16, and nothing else: no sign, no prefix.
// It is false for a number above high.
func Uint(s string, base, high uint64) (n uint64, ok bool) {
	for i := range len(s) {
		d := digit(s[i])
		if d >= base || d > high || n > (high-d)/base {
			return 0, false
		}
		n = n*base + d
	}
	return n, s != ""
}

func digit(c byte) uint64 {
	switch {
	case c >= '0' && c <= '9':
		return uint64(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return uint64(c|0x20-'a') + 10
	}
	return 16
}

// Split cuts s at every sep.
//
//go:noinline
func Split(s string, sep byte) (parts []string) {
	from := 0
	for i := range len(s) {
		if s[i] == sep {
			parts = append(parts, s[from:i])
			from = i + 1
		}
	}
	return append(parts, s[from:])
}

// Add is append for text that is not on the path of a beat. A call takes a
// quarter of the code that append becomes at each place.
//
//go:noinline
func Add(dst []byte, s string) []byte { return append(dst, s...) }

// Cut is strings.Cut for one byte, without the search for longer separators.
//
//go:noinline
func Cut(s string, sep byte) (before, after string, found bool) {
	for i := range len(s) {
		if s[i] == sep {
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}
