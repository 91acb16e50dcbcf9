package limit

import "math"

// secondNS is also what one token weighs: a Bucket of rate r gains r units
// each nanosecond, so that nothing is ever rounded.
const secondNS = 1e9

// Bucket is a token bucket. The zero Bucket is off: all may pass.
type Bucket struct {
	level uint64 // units; secondNS of them are a token
	full  uint64 // burst tokens: below 2^62, so sums with it fit
	extra uint64 // that it may hold beside, see Credit; at most 2^62
	atNS  int64  // of the last refill
	rate  uint32
}

// NewBucket makes a full bucket of burst tokens that gains rate tokens a
// second. If either is 0 it is off.
func NewBucket(rate, burst uint32) Bucket {
	if rate == 0 || burst == 0 {
		return Bucket{}
	}
	full := uint64(burst) * secondNS
	return Bucket{level: full, full: full, rate: rate}
}

// Take reports whether a frame may pass at now, ns, not negative, and takes a
// token if so.
func (b *Bucket) Take(now int64) bool {
	if b.full == 0 {
		return true
	}
	if now > b.atNS {
		b.refill(uint64(now - b.atNS))
		b.atNS = now
	}
	if b.level < secondNS {
		return false
	}
	b.level -= secondNS
	return true
}

// Credit lets the bucket hold what ns more nanoseconds bring, until Settle:
// after a pause of ours, what senders did at their pace comes all at once.
func (b *Bucket) Credit(ns int64) {
	const most = 1 << 62
	if b.rate == 0 {
		return
	}
	if uint64(ns) > (most-b.extra)/uint64(b.rate) {
		b.extra = most
		return
	}
	b.extra += uint64(ns) * uint64(b.rate)
}

// Settle ends the credit: the bucket holds its burst again, and no more.
func (b *Bucket) Settle() {
	if b.extra != 0 {
		b.extra = 0
		b.level = min(b.level, b.full)
	}
}

// refill adds what ns nanoseconds bring.
func (b *Bucket) refill(ns uint64) {
	full, rate := b.full+b.extra, uint64(b.rate)
	missing := full - b.level
	fills := false
	if ns <= math.MaxUint32 {
		fills = ns*rate >= missing // two 32-bit numbers: the product fits
	} else {
		fills = ns > missing/rate // a whole ns more than rounding down lost
	}
	if fills {
		b.level = full
	} else {
		b.level += ns * rate
	}
}
