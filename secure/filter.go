package secure

import (
	"math/bits"
	"strconv"
)

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
	set  [parts]uint32
	held uint64 // sessions added
}

func (f *filter) init(size int) {
	if size < parts*64 || size > 1<<30 || size&(size-1) != 0 {
		panic("secure: a filter of " + strconv.Itoa(size) + " bytes")
	}
	f.bits = make([]uint64, size/8)
	f.part = uint32(size / 8 / parts)
}

// partOf returns the number of the sender's part, and its words.
func (f *filter) partOf(who identity) (n uint32, words []uint64) {
	n = uint32(who.hash()>>32) % parts
	return n, f.bits[n*f.part : (n+1)*f.part]
}

// steps returns where the session's first bit is and how far apart the others
// are. The step is odd, so that no bit is met twice.
func steps(who identity, prefix uint64) (at, step uint32) {
	h := mix(prefix ^ who.hash())
	return uint32(h), uint32(h>>32) | 1
}

func (f *filter) has(who identity, prefix uint64) bool {
	_, words := f.partOf(who)
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
	n, words := f.partOf(who)
	at, step := steps(who, prefix)
	for range hashes {
		w := &words[at/64&(f.part-1)]
		if *w&(1<<(at&63)) == 0 {
			*w |= 1 << (at & 63)
			f.set[n]++
		}
		at += step
	}
	f.held++
}

// recount makes the counts of bits anew.
func (f *filter) recount() {
	clear(f.set[:])
	for i, w := range f.bits {
		f.set[uint32(i)/f.part] += uint32(bits.OnesCount64(w))
	}
}

// strain is the probability that a new session is refused for an old one, for
// the senders of the fullest part.
func (f *filter) strain() float64 {
	most := uint32(0)
	for _, n := range f.set {
		most = max(most, n)
	}
	p := float64(most) / float64(f.part*64)
	p *= p
	p *= p
	return p * p
}

// Senders is how many senders have a place.
func (o *Opener) Senders() int { return o.mem.used }

// Forgotten is how many sessions are known to the filter only.
func (o *Opener) Forgotten() uint64 { return o.mem.filter.held }

// Strain is the probability, 0 to 1, that a new session is taken for an old
// one and refused, for the senders that are worst off. It walks 64 counters.
func (o *Opener) Strain() float64 { return o.mem.filter.strain() }
