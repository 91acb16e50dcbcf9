package sink

import (
	"testing"
	"time"
)

// TestSpare: memory that rows went through is given back when all of them are
// stored, not before and not too often, and no row suffers.
func TestSpare(t *testing.T) {
	o := realOptions(t)
	o.Beats, o.MaxBytes = 4096, 0
	l := mustOpen(t, o)
	now := int64(0)
	push := func(from, to uint64) {
		for n := from; n < to; n++ {
			r := beat(n)
			l.Push(now, &r)
		}
	}
	touched := func() (n int) {
		for _, r := range l.beats.Unused() {
			if r.Seq != 0 {
				n++
			}
		}
		return n
	}
	stored := func() {
		l.Flush()
		l.poke()
		until(t, "the rings are empty", func() bool { return l.beats.Unused() != nil && l.events.Unused() != nil })
	}

	push(0, 500)
	stored()
	l.Spare(now)
	if got := touched(); got != 500 {
		t.Fatalf("after 500 rows of 4,096: %d slots still hold one, want all: too few to bother", got)
	}
	push(500, 2000)
	l.Spare(now) // unread: nothing may go
	stored()
	if got := touched(); got != 2000 {
		t.Fatalf("given back while rows were waiting: %d slots hold one, want 2000", got)
	}
	l.Spare(now)
	if got := touched(); got > 220 { // what shares its pages with others at both ends
		t.Errorf("%d slots hold a row after Spare", got)
	}
	push(2000, 4000)
	stored()
	l.Spare(now + spareEvery - 1)
	if got := touched(); got < 2000 {
		t.Errorf("given back twice within spareEvery: %d slots hold a row", got)
	}
	if err := l.Close(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	if n := len(rowsOf(t, o.Path)); n < 4000 || l.Stats().LostRing.Load() != 0 {
		t.Errorf("%d rows in the file, %d lost, want all 4,000", n, l.Stats().LostRing.Load())
	}
}
