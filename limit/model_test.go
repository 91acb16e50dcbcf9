package limit

import (
	"math/big"
	"math/rand/v2"
)

// arrivals is the exact form of Bucket, the other way round: no level, but the
// theoretical arrival time as a fraction.
type arrivals struct {
	next, interval, tolerance *big.Rat
	now                       int64
}

func newArrivals(rate, burst uint32) *arrivals {
	interval := big.NewRat(1e9, int64(rate))
	tolerance := new(big.Rat).SetInt64(int64(burst) - 1)
	return &arrivals{next: new(big.Rat), interval: interval, tolerance: tolerance.Mul(tolerance, interval)}
}

func (a *arrivals) take(now int64) bool {
	a.now = max(a.now, now)
	at := new(big.Rat).SetInt64(a.now)
	if a.next.Cmp(at) < 0 {
		a.next.Set(at)
	}
	if new(big.Rat).Sub(a.next, at).Cmp(a.tolerance) > 0 {
		return false
	}
	a.next.Add(a.next, a.interval)
	return true
}

// level is the exact form of Allow, the other way round: a bucket that gains
// one a nanosecond and gives intervalNS a frame.
type level struct {
	has, full, interval *big.Int
	at                  int64
}

func newLevel(intervalNS int64, burst uint32) *level {
	full := new(big.Int).Mul(big.NewInt(intervalNS), big.NewInt(int64(burst)))
	return &level{has: new(big.Int).Set(full), full: full, interval: big.NewInt(intervalNS)}
}

func (l *level) take(now int64) bool {
	l.has.Add(l.has, new(big.Int).Sub(big.NewInt(now), big.NewInt(l.at)))
	if l.at = now; l.has.Cmp(l.full) > 0 {
		l.has.Set(l.full)
	}
	if l.has.Cmp(l.interval) < 0 {
		return false
	}
	l.has.Sub(l.has, l.interval)
	return true
}

// pace draws the time to the next question: often none, mostly about a token,
// seldom long, and now and then so long that everything is full.
func pace(r *rand.Rand, tokenNS int64) int64 {
	switch r.IntN(20) {
	case 0, 1, 2:
		return 0
	case 3:
		return 1
	case 4:
		return r.Int64N(1e10)
	case 5:
		return r.Int64N(1e14)
	case 6:
		return 1<<32 - 2 + r.Int64N(4) // where Bucket begins to divide
	default:
		return r.Int64N(2*tokenNS + 2)
	}
}
