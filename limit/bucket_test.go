package limit

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// rates are pairs of rate and burst at the ends and in between.
var rates = [][2]uint32{
	{1, 1}, {3, 1}, {3, 2}, {7, 100}, {100, 5}, {5000, 1}, {999_983, 64}, {1e9, 1},
	{1, math.MaxUint32}, {math.MaxUint32, 1}, {math.MaxUint32, math.MaxUint32},
}

// TestMillionTakes: demand above the rate, for days. What passes is the burst
// and then, to the single frame, what the time brings.
func TestMillionTakes(t *testing.T) {
	for _, c := range []struct {
		rate, burst uint32
		stepNS      int64
	}{{3, 1, 333_333_333}, {3, 1, 250_000_003}, {3, 5, 111_111_111}, {7, 1, 100_000_007}, {997, 10, 1_000_003}} {
		b := NewBucket(c.rate, c.burst)
		start := int64(123_456_789_012_345)
		passed, now := uint64(0), start
		for range 1_000_000 {
			if b.Take(now) {
				passed++
			}
			now += c.stepNS
		}
		elapsed := uint64(now - c.stepNS - start)
		want := uint64(c.burst) + elapsed/1e9*uint64(c.rate) + elapsed%1e9*uint64(c.rate)/1e9
		if c.burst == 1 { // then a token that comes while nobody asks is lost
			want = closed(c.rate, start, c.stepNS, 1_000_000)
		}
		if passed != want {
			t.Errorf("rate %d, burst %d, every %d ns for %d s: %d passed; want %d",
				c.rate, c.burst, c.stepNS, elapsed/1e9, passed, want)
		}
	}
}

// closed counts in units of 1/rate ns, whole numbers, what passes with a burst
// of 1.
func closed(rate uint32, start, stepNS int64, times int) (passed uint64) {
	var next, now uint64
	for range times {
		if now >= next {
			passed++
			next = max(next, now) + 1e9
		}
		now += uint64(stepNS) * uint64(rate)
	}
	return passed
}

func TestBucketAgainstModel(t *testing.T) {
	for i, c := range rates {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		b, m := NewBucket(c[0], c[1]), newArrivals(c[0], c[1])
		now := r.Int64N(1e15)
		for step := range 5000 {
			now += pace(r, 1e9/int64(c[0]))
			at := now
			if r.IntN(50) == 0 {
				at -= r.Int64N(1e6) // stands still
			}
			if got, want := b.Take(at), m.take(at); got != want {
				t.Fatalf("rate %d, burst %d, step %d at %d: %v; want %v", c[0], c[1], step, at, got, want)
			}
		}
	}
}

// TestIdleFillsOnce: after any idle time the burst passes, and not one more.
func TestIdleFillsOnce(t *testing.T) {
	for _, idle := range []int64{2e9, 1 << 32, 86_400e9, math.MaxInt64 / 2, math.MaxInt64} {
		b := NewBucket(100, 20)
		for range 50 {
			b.Take(0)
		}
		if n := burst(&b, idle); n != 20 {
			t.Errorf("%d passed after %d ns; want 20", n, idle)
		}
	}
}

// burst counts what passes at one moment.
func burst(b *Bucket, now int64) (n int) {
	for range 1000 {
		if b.Take(now) {
			n++
		}
	}
	return n
}

// TestRefillEdge: the level, to the unit, around the ns that fills the bucket,
// on both sides of the one from which refill divides.
func TestRefillEdge(t *testing.T) {
	for _, c := range append(rates, [][2]uint32{{7, 29}, {7, 31}, {7, 100}, {1 << 16, 1 << 20}, {1 << 31, 9}}...) {
		for _, left := range []uint64{0, 1, secondNS - 1} {
			fresh := NewBucket(c[0], c[1])
			fresh.level = left
			edge := (fresh.full - left) / uint64(c[0])
			for _, ns := range []uint64{1, edge - 1, edge, edge + 1, edge + 2, 1 << 32, 1 << 33, 1 << 48, 1 << 62} {
				b := fresh
				b.refill(ns)
				want := fresh.full
				if over, units := bits.Mul64(ns, uint64(c[0])); over == 0 && units < want-left {
					want = left + units
				}
				if ns < 1<<63 && b.level != want {
					t.Errorf("rate %d, burst %d, %d units, %d ns: level %d; want %d", c[0], c[1], left, ns, b.level, want)
				}
			}
		}
	}
}

func TestClockOfBucket(t *testing.T) {
	b := NewBucket(1, 2)
	for _, c := range []struct {
		name string
		now  int64
		want int
	}{
		{"starts full", 0, 2},
		{"stands still", 0, 0},
		{"goes on", 1e9 - 1, 0},
		{"a token", 1e9, 1},
		{"runs back", 1, 0},
		{"has caught up", 1e9, 0},
		{"goes on from there", 2e9, 1},
		{"jumps to its end", math.MaxInt64, 2},
		{"runs back from there", 3e9, 0},
	} {
		if got := burst(&b, c.now); got != c.want {
			t.Errorf("%s: %d passed; want %d", c.name, got, c.want)
		}
	}
}

// TestBucketCredit: what a pause is worth passes beside the burst, until it is settled,
// taken or not.
func TestBucketCredit(t *testing.T) {
	for _, c := range []struct {
		credit  int64
		look    bool // a frame comes while the credit lasts
		settled bool
		want    int
	}{
		{0, false, false, 20},
		{3e9, false, false, 320},
		{3e9, false, true, 20},
		{3e9, true, true, 20},
		{math.MaxInt64, false, false, 320}, // no more than the time brings
	} {
		b := NewBucket(100, 20)
		for range 50 {
			b.Take(0)
		}
		b.Credit(c.credit)
		if c.look {
			b.Take(3.5e9)
		}
		if c.settled {
			b.Settle()
		}
		if n := burst(&b, 3.2e9); n != c.want {
			t.Errorf("%+v: %d passed", c, n)
		}
	}
}

func TestOff(t *testing.T) {
	for _, b := range []Bucket{{}, NewBucket(0, 5), NewBucket(5, 0), NewBucket(0, 0)} {
		if n := burst(&b, 5); n != 1000 {
			t.Errorf("%+v: %d of 1000 passed", b, n)
		}
	}
	if tat := int64(77); !Allow(&tat, 5, 0, 0, 0) || !Allow(&tat, 5, 0, Interval(0), Tolerance(Interval(0), 9)) || tat != 77 {
		t.Errorf("an interval of 0 limits, tat %d", tat)
	}
}

func TestNothingAllocates(t *testing.T) {
	b, tat, now := NewBucket(100, 3), int64(0), int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		now += 4e6
		b.Take(now)
		Allow(&tat, now, 0, Interval(100), Tolerance(Interval(100), 3))
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
