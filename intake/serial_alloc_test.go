package intake

import (
	"testing"

	"vlpd/event"
	"vlpd/vlp"
)

// From the tty to the frame, and from the doorbell to no news: nothing is
// allocated.
func TestLineAllocatesNothing(t *testing.T) {
	p := newPTY(t)
	r := newRig(t, noSys(t), "a="+p.path)
	r.expectUp(event.LineOpened)
	l := r.lines.Line(0)
	stream := append(append(lineFrame(1), "noise VA\x02"...), lineFrame(2)...)
	var f vlp.Frame
	got, want := 0, 0
	allocs := testing.AllocsPerRun(2000, func() {
		want += 2
		p.write(stream)
		for got < want {
			if _, down := l.Read(); down != 0 {
				t.Fatalf("down: %#x", down)
			}
			for ft, more := l.Next(&f); more; ft, more = l.Next(&f) {
				if ft == vlp.None {
					got++
				}
			}
		}
		r.bell.Answer()
		if c, ok := r.lines.Next(); ok {
			t.Fatalf("news: %+v", c)
		}
		l.Diagnose(int64(want) * 1e8)
	})
	if allocs != 0 {
		t.Errorf("%v allocations for two frames", allocs)
	}
}
