package limit

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestInterval(t *testing.T) {
	for rate, want := range map[uint32]int64{
		0: 0, 1: 1e9, 2: 5e8, 3: 333_333_333, 7: 142_857_142, 100: 1e7, 5000: 200_000,
		1e9: 1, 1e9 + 1: 1, math.MaxUint32: 1,
	} {
		if got := Interval(rate); got != want {
			t.Errorf("Interval(%d) = %d; want %d", rate, got, want)
		}
	}
}

func TestTolerance(t *testing.T) {
	for _, c := range []struct {
		interval int64
		burst    uint32
		want     int64
	}{{1e7, 0, 0}, {1e7, 1, 0}, {1e7, 5, 4e7}, {1e9, math.MaxUint32, 4_294_967_294e9}, {0, 9, 0}} {
		if got := Tolerance(c.interval, c.burst); got != c.want {
			t.Errorf("Tolerance(%d, %d) = %d; want %d", c.interval, c.burst, got, c.want)
		}
	}
}

func TestAllowAgainstModel(t *testing.T) {
	for i, c := range rates {
		r := rand.New(rand.NewPCG(uint64(i), 11))
		interval := Interval(c[0])
		tat, m := int64(0), newLevel(interval, c[1])
		now := r.Int64N(1e15)
		for step := range 5000 {
			if now += pace(r, interval); step > 4900 {
				now = math.MaxInt64 - int64(5000-step) // the end of time, where sums wrap
			}
			got, want := Allow(&tat, now, 0, interval, Tolerance(interval, c[1])), m.take(now)
			if got != want {
				t.Fatalf("rate %d, burst %d, step %d at %d: %v; want %v", c[0], c[1], step, now, got, want)
			}
		}
	}
}

// TestMillionAllowed: as for Bucket, with tokens of whole nanoseconds.
func TestMillionAllowed(t *testing.T) {
	const burst, step = 4, 100_000_007
	tat, interval := int64(0), Interval(3)
	start := int64(9e15)
	passed, now := int64(0), start
	for range 1_000_000 {
		if Allow(&tat, now, 0, interval, Tolerance(interval, burst)) {
			passed++
		}
		now += step
	}
	if want := burst + (now-step-start)/interval; passed != want {
		t.Errorf("%d passed in %d s; want %d", passed, (now-start)/1e9, want)
	}
}

// TestBurstOfBeats: who beats at exactly the rate, or closer together now and
// then, loses nothing; who beats twice as fast loses every second frame.
func TestBurstOfBeats(t *testing.T) {
	interval := Interval(100)
	for _, c := range []struct {
		name  string
		burst uint32
		gaps  []int64 // ms, over and over
		want  int     // of 1000
	}{
		{"at the rate", 1, []int64{10}, 1000},
		{"uneven, without a burst", 1, []int64{8, 12}, 500},
		{"uneven, with one", 2, []int64{8, 12}, 1000},
		{"a last frame right behind a beat", 2, []int64{0, 20}, 1000},
		{"twice the rate", 5, []int64{5}, 504},
		{"after long silence not more than the burst", 5, []int64{0, 0, 0, 0, 0, 0, 0, 0, 0, 3_600_000}, 500},
	} {
		tat, now, passed := int64(0), int64(1e12), 0
		for i := range 1000 {
			if Allow(&tat, now, 0, interval, Tolerance(interval, c.burst)) {
				passed++
			}
			now += c.gaps[i%len(c.gaps)] * 1e6
		}
		if passed != c.want {
			t.Errorf("%s: %d of 1000 passed; want %d", c.name, passed, c.want)
		}
	}
}

// TestCredit: after a pause of two seconds, 200 beats of an agent that kept to
// its 100 a second pass at once, and of 300 no more than those and the burst.
func TestCredit(t *testing.T) {
	interval := Interval(100)
	for _, c := range []struct{ sent, credit, want int64 }{{200, 2e9, 200}, {300, 2e9, 210}, {300, 0, 10}} {
		tat, now := int64(5e9), int64(7e9)
		passed := int64(0)
		for range c.sent {
			if Allow(&tat, now, c.credit, interval, Tolerance(interval, 10)) {
				passed++
			}
		}
		if passed != c.want {
			t.Errorf("%d sent with a credit of %d ns: %d passed, want %d", c.sent, c.credit, passed, c.want)
		}
	}
}
