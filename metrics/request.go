package metrics

import "bytes"

// request is what matters of a request's head. The slices point into it.
type request struct {
	method     method
	http10     bool   // the client cannot read chunks
	path       []byte // without the query
	authorized []byte // value of the Authorization field, nil if none
}

type method uint8

const (
	methodGet method = iota
	methodHead
	methodOther
)

// headEnd looks for the empty line that ends a request's head, which a client
// may send in any pieces. end is the length of the head, or 0 if it is not
// complete; then next is where to look on when more has come.
//
// Empty lines before a request are allowed, and lines may end in a bare line
// feed: RFC 9112 section 2.2.
func headEnd(b []byte, from int) (end, next int) {
	from = max(from, blankLines(b))
	for from < len(b) {
		lf := bytes.IndexByte(b[from:], '\n')
		if lf < 0 {
			break
		}
		after := b[from+lf+1:]
		if bytes.HasPrefix(after, []byte("\n")) {
			return from + lf + 2, 0
		}
		if bytes.HasPrefix(after, []byte("\r\n")) {
			return from + lf + 3, 0
		}
		if len(after) < 2 { // the empty line may be about to come
			return 0, from + lf
		}
		from += lf + 1
	}
	return 0, len(b)
}

// blankLines counts the bytes of the empty lines in front.
func blankLines(b []byte) int {
	n := 0
	for {
		switch {
		case bytes.HasPrefix(b[n:], []byte("\n")):
			n++
		case bytes.HasPrefix(b[n:], []byte("\r\n")):
			n += 2
		default:
			return n
		}
	}
}

// hopeless reports whether b cannot become a request: a TLS greeting, say,
// which has no line that could be waited for.
func hopeless(b []byte) bool {
	b = b[blankLines(b):]
	return len(b) > 0 && !isTokenByte(b[0]) && string(b) != "\r"
}

// parse reads a complete head; s is ok, or the status of a refusal.
func parse(head []byte) (r request, s status) {
	line, rest := cutLine(head[blankLines(head):])
	if s = r.requestLine(line); s != ok {
		return r, s
	}
	for len(rest) > 0 {
		if line, rest = cutLine(rest); len(line) == 0 {
			break
		}
		if !r.field(line) {
			return r, badRequest
		}
	}
	return r, ok
}

// cutLine takes the first line off b.
func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = cut(b, '\n')
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, rest
}

// requestLine reads `METHOD SP TARGET SP HTTP/1.x`, RFC 9112 section 3.
func (r *request) requestLine(line []byte) status {
	name, rest, sp1 := cut(line, ' ')
	target, version, sp2 := cut(rest, ' ')
	if !sp1 || !sp2 || !isToken(name) || !r.target(target) {
		return badRequest
	}
	switch string(name) {
	case "GET":
		r.method = methodGet
	case "HEAD":
		r.method = methodHead
	default:
		r.method = methodOther
	}
	return r.version(version)
}

func (r *request) version(v []byte) status {
	if len(v) != len("HTTP/1.1") || string(v[:5]) != "HTTP/" || !isDigit(v[5]) || v[6] != '.' || !isDigit(v[7]) {
		return badRequest
	}
	if v[5] != '1' {
		return badVersion
	}
	r.http10 = v[7] == '0'
	return ok
}

// target keeps the path of /path?query or http://host/path?query. Nothing is
// decoded: there is one path, and it has no need of an escape.
func (r *request) target(t []byte) bool {
	for _, c := range t {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	const scheme = "http://"
	if len(t) > len(scheme) && equalFold(t[:len(scheme)], scheme) {
		t = t[len(scheme):]
		for len(t) > 0 && t[0] != '/' && t[0] != '?' {
			t = t[1:]
		}
		if len(t) == 0 {
			t = []byte("/")
		}
	}
	r.path, _, _ = cut(t, '?')
	return len(t) > 0
}

// field reads `name: value`. No space may stand before the colon and no line
// may continue the one above: both have been used to smuggle fields past
// proxies, RFC 9112 section 5.
func (r *request) field(line []byte) bool {
	name, value, colon := cut(line, ':')
	if !colon || !isToken(name) || !isText(value) {
		return false
	}
	if equalFold(name, "authorization") {
		if r.authorized != nil {
			return false
		}
		r.authorized = value
	}
	return true
}

// isText reports whether a field's value has no control character but tabs.
func isText(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// isToken tells a method or a field's name, RFC 9110 section 5.6.2.
func isToken(b []byte) bool {
	for _, c := range b {
		if !isTokenByte(c) {
			return false
		}
	}
	return len(b) > 0
}

func isTokenByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || isDigit(c) ||
		bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// cut is bytes.Cut for one byte, without the search for longer separators.
func cut(b []byte, sep byte) (before, after []byte, found bool) {
	if i := bytes.IndexByte(b, sep); i >= 0 {
		return b[:i], b[i+1:], true
	}
	return b, nil, false
}
