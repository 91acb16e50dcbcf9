package ring

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"
)

// sealed is a value that shows when it was torn: every word depends on number.
type sealed struct{ number, a, b, sum uint64 }

func seal(n uint64) sealed {
	s := sealed{number: n, a: n * 0x9e3779b97f4a7c15, b: ^n}
	s.sum = s.number + s.a + s.b
	return s
}

func (s *sealed) intact() bool { return *s == seal(s.number) }

// TestStress sends numbered values through rings of several sizes while the
// producer takes old ones back whenever the ring is full. The numbers must
// arrive rising, whole and once, and what did not arrive must have been reclaimed.
func TestStress(t *testing.T) {
	values := uint64(400_000)
	if testing.Short() {
		values /= 10
	}
	for _, size := range []int{1, 2, 16, 1024} {
		r := newAt[sealed](size, math.MaxUint32/step-uint32(values)/2)
		got := make(chan tally)
		go func() { got <- consume(t, r, values) }()
		reclaimed := produce(r, values)
		c := <-got
		if c.read+reclaimed != values {
			t.Errorf("size %d: %d read + %d reclaimed, want %d", size, c.read, reclaimed, values)
		}
		if c.skipped != reclaimed {
			t.Errorf("size %d: %d numbers missing, %d reclaimed", size, c.skipped, reclaimed)
		}
		t.Logf("size %d: %d read, %d reclaimed", size, c.read, reclaimed)
	}
}

// produce returns how many values it reclaimed. The last one is never
// reclaimed, so that the consumer sees the end.
func produce(r *Ring[sealed], values uint64) (reclaimed uint64) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for n := range values {
		v := seal(n)
		for !r.Push(&v) {
			if k := r.Reclaim(1 + rnd.IntN(1+r.Cap()/4)); k > 0 {
				reclaimed += uint64(k)
			} else {
				runtime.Gosched()
			}
		}
		if rnd.IntN(256) == 0 {
			runtime.Gosched()
		}
	}
	return reclaimed
}

type tally struct{ read, skipped uint64 }

func consume(t *testing.T, r *Ring[sealed], values uint64) (c tally) {
	rnd := rand.New(rand.NewPCG(3, 4))
	next := uint64(0)
	for next < values {
		a, b := r.Claim(1 + rnd.IntN(r.Cap()))
		if len(a) == 0 {
			runtime.Gosched()
		}
		for _, span := range [][]sealed{a, b} {
			for i := range span {
				if !span[i].intact() || span[i].number < next {
					t.Errorf("read %+v, want a whole value numbered %d or more", span[i], next)
				}
				c.skipped += span[i].number - next
				next = span[i].number + 1
				c.read++
				span[i] = sealed{} // the slot is ours until Release
			}
		}
		r.Release()
	}
	return c
}

// TestLenFromOutside looks at the estimate from a third goroutine.
func TestLenFromOutside(t *testing.T) {
	r := newAt[sealed](8, math.MaxUint32/step-500)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if n := r.Len(); n < 0 || n > r.Cap() {
				t.Errorf("Len() = %d, want 0 to %d", n, r.Cap())
				return
			}
		}
	}()
	got := make(chan tally)
	go func() { got <- consume(t, r, 20_000) }()
	produce(r, 20_000)
	<-got
	close(stop)
	<-done
}
