package metrics

// TokenBytes is the length of a bearer token; it travels as twice as many hex
// digits.
const TokenBytes = 32

// Auth says who may scrape. Its zero value admits nobody.
type Auth struct {
	token  [TokenBytes]byte
	policy policy
}

type policy uint8

const (
	nobody policy = iota
	bearer
	anybody
)

// Bearer admits whoever shows the token.
func Bearer(token [TokenBytes]byte) Auth { return Auth{token, bearer} }

// Anonymous admits everybody who can connect; fit for loopback only.
func Anonymous() Auth { return Auth{policy: anybody} }

// admits judges the value of the request's Authorization field.
func (a *Auth) admits(value []byte) bool {
	switch a.policy {
	case anybody:
		return true
	case bearer:
		shown, ok := parseBearer(value)
		// The time this takes says nothing about the token: all of it is
		// compared, and the rest depends on what the client sent.
		var diff byte
		for i := range shown {
			diff |= shown[i] ^ a.token[i]
		}
		return ok && diff == 0
	}
	return false
}

// parseBearer reads `Bearer <64 hex digits>`; the scheme's and the digits'
// case do not matter, nor does white space between and around them.
func parseBearer(value []byte) (token [TokenBytes]byte, ok bool) {
	const scheme = "bearer"
	value = trim(value)
	if len(value) < len(scheme) || !equalFold(value[:len(scheme)], scheme) {
		return token, false
	}
	digits := trim(value[len(scheme):])
	if len(digits) != 2*TokenBytes || len(scheme)+len(digits) == len(value) {
		return token, false
	}
	for i, c := range digits {
		d, ok := hexDigit(c)
		if !ok {
			return token, false
		}
		token[i/2] = token[i/2]<<4 | d
	}
	return token, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// equalFold compares b with a word in lower-case ASCII letters and hyphens.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// trim takes spaces and tabs from both ends: OWS of RFC 9110 section 5.6.3.
func trim(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		b = b[1:]
	}
	for len(b) > 0 && (b[len(b)-1] == ' ' || b[len(b)-1] == '\t') {
		b = b[:len(b)-1]
	}
	return b
}
