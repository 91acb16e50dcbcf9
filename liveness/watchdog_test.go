package liveness

import "testing"

const (
	second = int64(1e9)
	milli  = int64(1e6)
)

func TestTicks(t *testing.T) {
	for _, c := range []struct{ limit, notify, hw, want int64 }{
		{4 * second, 0, 0, 2 * second},
		{1 * second, 0, 0, second / 2},
		{4 * second, 30 * second, 0, 2 * second},
		{4 * second, 3 * second, 0, second},
		{0, 0, 30 * second, 10 * second},
		{600 * second, 60 * second, 15 * second, 5 * second},
		{4 * second, 3000, 0, leastTickNS},
	} {
		if got := newWatchdog(c.limit, c.notify, c.hw).tickNS; got != c.want {
			t.Errorf("limit %d, systemd %d, hardware %d: ticks every %d, want %d", c.limit, c.notify, c.hw, got, c.want)
		}
	}
}

// A dutiful tick is never further than half of what the other side grants from
// the one before, whatever ticks there are.
func TestDutyIsDoneWithinHalf(t *testing.T) {
	for _, tick := range []int64{100, 300, 333, 500, 501, 666, 667, 700, 999, 1000} {
		const grants = 3000
		d := duty{everyNS: grants / 3}
		done := int64(0)
		for now := tick; now < 100*grants; now += tick {
			if d.due(now, tick) {
				if now-done > grants/2 || now-done < grants/6 {
					t.Errorf("ticks of %d: %d after the one before, of %d granted", tick, now-done, grants)
				}
				done = now
			} else if now-done > grants/2 {
				t.Fatalf("ticks of %d: not done for %d of %d", tick, now-done, grants)
			}
		}
	}
	never := duty{}
	if never.due(1<<60, 1) {
		t.Error("a duty that nobody asked for")
	}
}

// step is one tick: how long after the one before, and how many turns there
// have been.
type step struct{ after, turns int64 }

func TestWedge(t *testing.T) {
	const n = 4 * second // ticks every 2 s
	on := 2 * second
	for _, c := range []struct {
		what  string
		steps []step
		want  int // the tick that finds a wedge; -1: none
	}{
		{"a loop that answers", []step{{on, 1}, {on, 2}, {on, 3}, {on, 9}}, -1},
		{"not begun", []step{{on, 0}, {on, 0}, {on, 0}, {on, 0}, {on, 0}}, -1},
		{"wedged after a turn", []step{{on, 1}, {on, 1}, {on, 1}}, 2},
		{"answered at the last moment", []step{{on, 1}, {on, 1}, {on, 2}, {on, 2}, {on, 3}}, -1},
		{"a little late is late for nobody", []step{{on, 1}, {on + 50*milli, 1}, {on, 1}}, 2},
		{"stopped for an hour", []step{{on, 1}, {3600 * second, 1}, {on, 2}}, -1},
		{"stopped for an hour, and wedged", []step{{on, 1}, {3600 * second, 1}, {on, 1}, {on, 1}}, 3},
		{"stopped again and again", []step{{on, 1}, {4 * second, 1}, {4 * second, 1}, {4 * second, 1}, {4 * second, 1}}, -1},
		{"half a second late counts twice", []step{{on, 1}, {on + second/2, 1}, {on, 1}, {on, 1}}, 3},
		{"the turn numbers begin anew", []step{{on, 5}, {on, 1}, {on, 2}}, -1},
	} {
		w := newWatchdog(n, 0, 0)
		now, found := int64(1000), -1
		w.begin(now)
		for i, s := range c.steps {
			now += s.after
			if _, wedged := w.tick(now, uint64(s.turns)); wedged && found < 0 {
				found = i
			}
		}
		if found != c.want {
			t.Errorf("%s: a wedge at tick %d, want %d", c.what, found, c.want)
		}
	}
}

// Whenever the loop wedges between two ticks, it is found out after N and
// before 1.5 N.
func TestWedgeIsFoundInTime(t *testing.T) {
	const n = 4 * second
	for at := int64(0); at < 10*second; at += 97 * milli {
		w := newWatchdog(n, 0, 0)
		w.begin(0)
		turns := uint64(1)
		for now := w.tickNS; ; now += w.tickNS {
			// The loop answers every ring at once, until it wedges: the last
			// answer was to the last ring before that moment.
			if now-w.tickNS <= at {
				turns++
			}
			if _, wedged := w.tick(now, turns); wedged {
				if after := now - at; after < n || after > n+n/2 {
					t.Errorf("wedged at %d ms: found after %d ms", at/milli, after/milli)
				}
				break
			}
		}
	}
}

func TestNoLimitNoWedge(t *testing.T) {
	w := newWatchdog(0, 30*second, 0)
	w.begin(0)
	for now := second; now < 1000*second; now += w.tickNS {
		if _, wedged := w.tick(now, 1); wedged {
			t.Fatal("wedged, but nobody asked")
		}
	}
}

// Only an answer since the last tick counts as life.
func TestAnswered(t *testing.T) {
	w := newWatchdog(0, 3*second, 0)
	w.begin(0)
	for i, c := range []struct {
		turns uint64
		want  bool
	}{{0, false}, {1, true}, {1, false}, {1, false}, {2, true}, {3, true}, {3, false}} {
		if got, _ := w.tick(int64(i+1)*second, c.turns); got != c.want {
			t.Errorf("tick %d, %d turns: answered %t, want %t", i, c.turns, got, c.want)
		}
	}
}

// A loop that has not answered for the limit is wedged then, not a tick later.
func TestWedgedAtTheLimit(t *testing.T) {
	const limit = int64(4e9)
	w := newWatchdog(limit, 0, 0)
	w.begin(0)
	w.tick(w.tickNS, 1)
	for now, silent := 2*w.tickNS, w.tickNS; silent <= limit; now, silent = now+w.tickNS, silent+w.tickNS {
		if _, wedged := w.tick(now, 1); wedged != (silent >= limit) {
			t.Errorf("silent for %d ns of %d: wedged %v", silent, limit, wedged)
		}
	}
}
