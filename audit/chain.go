package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"hash"
)

// KeyBytes is the length of a key.
const KeyBytes = 32

// digest is a chain value as raw bytes; zeros where there is no record before.
type digest [sha256.Size]byte

func (d *digest) zero() bool { return *d == digest{} }

// The header lines. The first is the original's.
const (
	plainHeader = "# varta-watch recovery audit v2"
	keyedHeader = plainHeader + " hmac-sha256"
	v1Header    = "# varta-watch recovery audit v1"
)

func headerOf(key *[KeyBytes]byte) string {
	if key != nil {
		return keyedHeader
	}
	return plainHeader
}

const domain = "VARTA-AUDIT-v2"

// chain computes one link after the other, and allocates for none.
type chain struct {
	h    hash.Hash
	head [len(domain) + wordMost + sha256.Size + 3]byte // what stands before the body
	sum  digest
}

func newChain(key *[KeyBytes]byte) *chain {
	c := &chain{}
	copy(c.head[:], domain)
	if key != nil {
		c.h = hmac.New(sha256.New, key[:])
	} else {
		c.h = sha256.New()
	}
	return c
}

// link returns the chain value of a record behind one whose value is prev. It
// is good until the next call. A kind is a word.
func (c *chain) link(kind string, prev *digest, body []byte) *digest {
	n := len(domain) + 1
	n += copy(c.head[n:], kind)
	c.head[n] = 0
	n += 1 + copy(c.head[n+1:], prev[:])
	c.head[n] = 0
	c.h.Reset()
	c.h.Write(c.head[:n+1])
	c.h.Write(body)
	c.h.Sum(c.sum[:0])
	return &c.sum
}

const hexDigits = "0123456789abcdef"

//go:noinline
func appendHex(dst []byte, d *digest) []byte {
	for _, c := range d {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

// parseHex takes 64 lower-case digits: an upper-case one is not what was written.
func parseHex(text []byte) (d digest, ok bool) {
	if len(text) != 2*len(d) {
		return d, false
	}
	for i, c := range text {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		default:
			return digest{}, false
		}
		d[i/2] = d[i/2]<<4 | c
	}
	return d, true
}
