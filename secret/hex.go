package secret

import (
	"strconv"

	"vlpd/lean"
)

// KeyBytes is the length of every key and token here.
const KeyBytes = 32

// ReadToken returns the bearer token in a file: 64 hex digits of either case
// with white space around them and nothing else.
func ReadToken(path string) ([KeyBytes]byte, error) {
	b, err := ReadFile(path)
	if err != nil {
		return [KeyBytes]byte{}, err
	}
	defer clear(b)
	token, err := ParseHex(lean.TrimBlanks(b))
	if err != nil {
		return [KeyBytes]byte{}, lean.Mark(path+": token "+err.Error(), err)
	}
	return token, nil
}

// ParseHex decodes exactly 64 hex digits of either case. Its errors go after
// a word for what the digits were meant to be, as in "key hex must be …".
func ParseHex(text []byte) (key [KeyBytes]byte, err error) {
	if len(text) != 2*KeyBytes {
		return key, lean.New("hex must be 64 characters, got " + strconv.Itoa(len(text)))
	}
	for i, c := range text {
		d, ok := digit(c)
		if !ok {
			return [KeyBytes]byte{}, lean.New("has an invalid hex character '" + shown(c) + "' at position " + strconv.Itoa(i))
		}
		key[i/2] = key[i/2]<<4 | d
	}
	return key, nil
}

// shown is a byte as it can be printed.
func shown(c byte) string {
	quoted := lean.Quote(string([]byte{c}))
	return quoted[1 : len(quoted)-1]
}

func digit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}
