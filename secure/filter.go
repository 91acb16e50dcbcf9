package secure

import "strconv"

const (
	parts  = 64 // of the filter; a sender has its part
	hashes = 8  // bits of a session in its part
)

// filter is a Bloom filter of sessions, in parts. What was added is always
// found; what was not is found too with a probability that grows with the
// number of bits that are set.
type filter struct {
	bits []uint64
	part uint32 // words in a part, a power of two
	held uint64 // sessions added
}

func (f *filter) init(size int) {
	if size < parts*64 || size > 1<<30 || size&(size-1) != 0 {
		panic("secure: a filter of " + strconv.Itoa(size) + " bytes")
	}
	f.bits = make([]uint64, size/8)
	f.part = uint32(size / 8 / parts)
}

// partOf returns the words of the sender's part.
func (f *filter) partOf(who identity) (words []uint64) {
	n := uint32(who.hash()>>32) % parts
	return f.bits[n*f.part : (n+1)*f.part]
}

// steps returns where the session's first bit is and how far apart the others
// are. The step is odd, so that no bit is met twice.
func steps(who identity, prefix uint64) (at, step uint32) {
	h := mix(prefix ^ who.hash())
	return uint32(h), uint32(h>>32) | 1
}

func (f *filter) has(who identity, prefix uint64) bool {
	words := f.partOf(who)
	at, step := steps(who, prefix)
	for range hashes {
		if words[at/64&(f.part-1)]&(1<<(at&63)) == 0 {
			return false
		}
		at += step
	}
	return true
}

func (f *filter) add(who identity, prefix uint64) {
	words := f.partOf(who)
	at, step := steps(who, prefix)
	for range hashes {
		words[at/64&(f.part-1)] |= 1 << (at & 63)
		at += step
	}
	f.held++
}
