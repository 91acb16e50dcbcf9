package audit

import (
	"slices"
	"strings"
	"testing"
)

// TestFullRing: what does not fit is counted and becomes a record where it
// belongs, and the chain stays whole.
func TestFullRing(t *testing.T) {
	r := newRig(t, newDisk(1), func(o *Options) { o.Queue = 64 })
	r.settle(0)
	r.refuse(100)
	s := &r.f.stats
	if s.Dropped.Load() != 36 || s.WatermarkWarn.Load() != 1 || s.WatermarkCritical.Load() != 1 {
		t.Errorf("%d dropped, warned %d and %d times", s.Dropped.Load(), s.WatermarkWarn.Load(), s.WatermarkCritical.Load())
	}
	if r.saidSuch("audit ring >= 75% full (48/64); drain not keeping up") != 1 || r.saidSuch("audit ring >= 95% full (61/64); records will start dropping") != 1 {
		t.Errorf("said %q", r.said)
	}
	r.settle(0)
	if !strings.Contains(lastLineOf(r.d.text("/log/a")), "\trefused\t0\tlost:36\t") {
		t.Errorf("the last line is %q", lastLineOf(r.d.text("/log/a")))
	}
	r.refuse(50)
	if s.WatermarkWarn.Load() != 2 || s.WatermarkCritical.Load() != 1 {
		t.Errorf("warned %d and %d times, expected a count for each rise", s.WatermarkWarn.Load(), s.WatermarkCritical.Load())
	}
	r.settle(0)
	if got := r.whole(); got.Records != 1+64+1+50 || s.Synced.Load() != got.Records || s.Records.Load() != got.Records {
		t.Errorf("%+v; %d synced of %d", got, s.Synced.Load(), s.Records.Load())
	}
	if r.saidSuch("36 records or outputs of commands found no room so far") != 1 {
		t.Errorf("said %q", r.said)
	}
	r.close()
	if r.f.taken.Load() != r.f.done.Load() {
		t.Errorf("%d taken, %d done", r.f.taken.Load(), r.f.done.Load())
	}
}

// TestLossInBetween: the record of a loss stands before those that came later.
func TestLossInBetween(t *testing.T) {
	r := newRig(t, newDisk(1), func(o *Options) { o.Queue = 1024 })
	r.settle(0)
	r.refuse(1030)
	r.w.fill() // takes some
	r.refuse(3)
	r.settle(0)
	got := r.d.agents("refused")
	if len(got) != 1024+1+3 || got[1024] != "0" || got[1023] != "1024" || got[1025] != "1031" {
		t.Errorf("%d records, %q", len(got), got[max(0, len(got)-6):])
	}
	r.whole()
}

// TestManyLosses: a loss before each record still fits.
func TestManyLosses(t *testing.T) {
	r := newRig(t, newDisk(1), func(o *Options) { o.Queue = 512 })
	r.settle(0)
	for range 512 {
		r.f.drop()
		r.refuse(1)
	}
	r.settle(0)
	got := r.d.agents("refused")
	if len(got) != 1024 || got[0] != "0" || got[1] != "1" || got[1022] != "0" {
		t.Errorf("%d records", len(got))
	}
	r.whole()
}

func TestQueueSize(t *testing.T) {
	for _, c := range []struct{ capacity, queue, want int }{{256, 0, 1024}, {1000, 0, 4096}, {65536, 0, 262144}, {256, 100, 128}} {
		o := Options{Capacity: c.capacity, Queue: c.queue}.withDefaults()
		f := &front{}
		f.init(&o)
		if got := f.ring.Cap(); got != c.want {
			t.Errorf("capacity %d, queue %d: %d slots, expected %d", c.capacity, c.queue, got, c.want)
		}
	}
}

// TestTails: what children said stands before their complete records; what
// there is no room for is a loss like others.
func TestTails(t *testing.T) {
	r := newRig(t, newDisk(1), func(o *Options) { o.Tails = 1024 })
	r.settle(0)
	long := strings.Repeat("0123456789abcdef", 80)
	say := func(text string) { r.f.Complete(Agent{ID: 8}, 9, End{Tail: []byte(text)}) }
	say("first\n")
	say("")
	r.settle(0)
	say(long)
	say("no room")
	r.settle(0)
	say("room again")
	r.settle(0)
	var got []string
	for line := range strings.Lines(r.d.text("/log/a")) {
		if col := strings.Split(line, "\t"); len(col) > 5 {
			got = append(got, strings.Join(col[3:len(col)-1], " "))
		}
	}
	end := "complete 8 9 reaped 0 - 0 0 0 false"
	want := []string{"boot 411 - fresh", `output 8 9 first\x0a`, end, end,
		"output 8 9 " + long[len(long)-1024:], end, "refused 0 lost:1", end, "output 8 9 room again", end}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	r.whole()
	off := newRig(t, newDisk(1), nil)
	off.f.Complete(Agent{ID: 8}, 9, End{Tail: []byte("x")})
	off.settle(0)
	if len(off.d.agents("output")) != 0 || off.f.stats.Dropped.Load() != 0 {
		t.Error("output is kept that nobody asked for")
	}
}

// TestTailsWrap: texts run over the end of their ring unharmed, and stay one line.
func TestTailsWrap(t *testing.T) {
	l := newTails(1024)
	for i := range 5000 {
		text := strings.Repeat(string(rune('a'+i%26)), 300+i%300)
		at, n, ok := l.put([]byte(text))
		if got := string(l.appendText(nil, at, n)); !ok || got != text {
			t.Fatalf("text %d: %q, %v", i, got, ok)
		}
		l.release(at, n)
	}
	at, n, _ := l.put([]byte(strings.Repeat("\n", 1024)))
	if got := l.appendText(nil, at, n); len(got) != escapedMost || strings.Trim(string(got), `\x0a`) != "" {
		t.Errorf("%d characters: %q", len(got), got)
	}
}
