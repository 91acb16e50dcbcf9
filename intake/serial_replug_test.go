package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"vlpd/event"
)

// A thousand unplugs and returns under another number: each is noticed, each
// is over within 200 ms of the node being there, without the time for which we
// waited for a processor (99 in 100 are asserted, 98 in the short test, which
// emulators run), and nothing is left behind.
func TestReplugAThousandTimes(t *testing.T) {
	cycles := 1000
	if testing.Short() {
		cycles = 100
	}
	link := filepath.Join(t.TempDir(), "tty")
	p := newPTY(t)
	point(t, link, p.path)
	r := newRig(t, noSys(t), "a="+link)
	r.expectUp(event.LineOpened)
	before := openFDs(t)
	took, slow := make([]time.Duration, 0, cycles), 0
	for i := range cycles {
		q := newPTY(t) // first, so that the numbers differ
		p.close()
		r.expect(0, false, event.LineHangup)
		// Half of the time the node is there before anybody waits for it.
		if i%2 == 0 {
			r.turn(0)
		}
		point(t, link, q.path)
		began, queued := time.Now(), queuedFor()
		r.expectUp(event.LineReplaced)
		took = append(took, time.Since(began))
		if took[i]-max(0, queuedFor()-queued) > 200*time.Millisecond {
			slow++
		}
		r.beat(0, q)
		p = q
	}
	if after := openFDs(t); after != before {
		t.Errorf("descriptors: %d before, %d after", before, after)
	}
	if n := r.lines.Line(0).Reopens(); n != uint64(cycles) {
		t.Errorf("reopens: %d", n)
	}
	slices.Sort(took)
	p99, worst := took[len(took)*99/100], took[len(took)-1]
	t.Logf("%d replugs: back after p50 %v, p99 %v, max %v", cycles, took[len(took)/2], p99, worst)
	// A missed event would be missed for good. The worst of a thousand on a
	// machine that stands still now and then measures that machine.
	if slow > max(2, cycles/100) {
		t.Errorf("%d of %d took more than 200 ms of our own", slow, cycles)
	}
}

// queuedFor is how long the threads of this process have been runnable without
// a processor, by the second field of schedstat (sched-stats.rst).
func queuedFor() (sum time.Duration) {
	tasks, _ := filepath.Glob("/proc/self/task/*/schedstat")
	for _, path := range tasks {
		text, _ := os.ReadFile(path) // none of a thread that has ended
		var ran, waited int64
		fmt.Sscan(string(text), &ran, &waited)
		sum += time.Duration(waited)
	}
	return sum
}

// A node that hangs up again and again is given longer and longer pauses,
// another one under its name none.
func TestHungUpNodeIsLeftAloneForOnce(t *testing.T) {
	p := newPTY(t)
	o, err := newOpener(LineConfig{Device: p.path, Baud: 9600, Stops: 1, Parity: 'N'}, noSys(t))
	if err != nil {
		t.Fatal(err)
	}
	try := func(want error) {
		t.Helper()
		got, err := o.try()
		if err != want {
			t.Fatalf("expected %v, got %v", want, err)
		}
		if err == nil {
			o.accept(got)
			closePort(got.fd)
		}
	}
	try(nil)
	o.retry.tries = 3 // it has not been up for long
	o.hungUp = true
	try(errHungUp)
	if o.retry.tries != 3 {
		t.Errorf("series began anew")
	}
	try(nil)
	o.hungUp = true
	o.port.node.ctimeNS-- // as if made anew
	try(nil)
	if o.retry.tries != 0 {
		t.Errorf("series goes on for another node")
	}
}

// After Close a line is free, and stays so.
func TestCloseOpensNothing(t *testing.T) {
	p := newPTY(t)
	link := filepath.Join(t.TempDir(), "tty")
	point(t, link, p.path)
	before := openFDs(t)
	for range 50 {
		r := newRig(t, noSys(t), "a="+link, "b="+link+"-missing")
		r.until("both known", func() bool { return len(r.changes) == 2 })
		poke(r.lines.openers[0].poke) // as if its node had just been touched
		poke(r.lines.openers[1].poke)
		point(t, link+"-missing", p.path)
		lines := r.lines
		r.close()
		if c, ok := lines.Next(); ok && c.Up && c.Line == 0 {
			t.Fatalf("opened again: %+v", c)
		}
		if err := os.Remove(link + "-missing"); err != nil {
			t.Fatal(err)
		}
	}
	if after := openFDs(t); after != before {
		t.Errorf("descriptors: %d before, %d after", before, after)
	}
}
