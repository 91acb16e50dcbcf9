package watch

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"vlpd/event"
	"vlpd/vlp"
)

// mixed is a configuration with classes of 300 ms and up, in no order.
func mixed(capacity, classes int) Config {
	thresholds := make([]int64, classes)
	for i := range thresholds {
		thresholds[i] = 300e6 + int64(i*29%classes)*37e6
	}
	return Config{
		Capacity: capacity, Thresholds: thresholds, Kinds: []SourceKind{Local, Wire},
		Classify: func(source uint16, pid uint32) uint8 { return uint8(int(pid*7+uint32(source)) % classes) },
		Seed:     0x5eed,
	}
}

// due is a stall that must come.
type due struct {
	deadline int64
	class    uint8
	order    int // of the last beat
	k        key
}

// Every agent of a full table beats at random a few times and then falls
// silent. The clock is moved from deadline to deadline as a timer would.
func TestEveryStallOnceAtItsDeadline(t *testing.T) {
	cfg := mixed(MaxCapacity, 64)
	table, r := New(cfg), rand.New(rand.NewPCG(1, 2))
	last := map[key]due{}
	out, now := make([]event.Record, 0, PerBeat), int64(0)
	for i := range 3 * cfg.Capacity {
		now += r.Int64N(1000) // all of them within 100 ms: nobody stalls meanwhile
		n := i
		if i >= cfg.Capacity {
			n = r.IntN(cfg.Capacity)
		}
		k := key{uint16(n & 1), uint32(n/2 + 2)}
		f := vlp.Frame{PID: k.pid, Nonce: uint64(i + 2)}
		if _, v := table.Observe(now, k.source, &f, out); v != Accepted {
			t.Fatalf("beat %d: verdict %d", i, v)
		}
		class := cfg.Classify(k.source, k.pid)
		last[k] = due{now + cfg.Thresholds[class], class, i, k}
	}
	var want []due
	for _, d := range last {
		want = append(want, d)
	}
	slices.SortFunc(want, func(a, b due) int {
		return cmp.Or(cmp.Compare(a.deadline, b.deadline), int(a.class)-int(b.class), a.order-b.order)
	})
	stalls := make([]event.Record, 0, 4)
	for len(want) > 0 {
		deadline, ok := table.Next()
		if !ok || deadline != want[0].deadline {
			t.Fatalf("Next() = %d, %v with %d stalls to come; want %d", deadline, ok, len(want), want[0].deadline)
		}
		if early := table.Expire(deadline-1, 4, stalls); len(early) != 0 {
			t.Fatalf("1 ns before %d: %+v", deadline, early)
		}
		for _, got := range table.Expire(deadline, 4, stalls) {
			w := want[0]
			expect := event.Record{At: w.deadline, Kind: event.Stall, Source: w.k.source, ID: w.k.pid,
				Nonce: uint64(w.order + 2), Status: 3, Value: uint64(cfg.Thresholds[w.class])}
			if got != expect {
				t.Fatalf("got %+v; want %+v", got, expect)
			}
			want = want[1:]
		}
	}
	if deadline, ok := table.Next(); ok {
		t.Errorf("all stalled, and yet Next() = %d", deadline)
	}
	if again := table.Expire(now+1e15, 10, nil); len(again) != 0 {
		t.Errorf("stalled twice: %+v", again)
	}
}

func TestRecoveredTellsTheSilence(t *testing.T) {
	table := New(Config{Capacity: 4, Thresholds: []int64{100}, Kinds: []SourceKind{Local}})
	f := vlp.Frame{PID: 9, Nonce: 5}
	table.Observe(1000, 0, &f, nil)
	if got := table.Expire(1100, 9, nil); len(got) != 1 || got[0].Value != 100 {
		t.Fatalf("at the threshold: %+v", got)
	}
	a, _ := table.Find(0, 9)
	if !a.Stalled() || a.Stalls() != 1 {
		t.Fatalf("not stalled: %+v", a)
	}
	f = vlp.Frame{PID: 9, Nonce: 1, Status: vlp.Critical, Payload: 3}
	got, _ := table.Observe(1750, 0, &f, nil)
	want := []event.Record{
		{At: 1750, Kind: event.Session, ID: 9, Nonce: 1, Status: 2, Value: 5},
		{At: 1750, Kind: event.Beat, ID: 9, Nonce: 1, Status: 2, Value: 3, Code: event.BeatFirst | event.BeatStatus},
		{At: 1750, Kind: event.Recovered, ID: 9, Nonce: 1, Status: 2, Value: 750},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if a.Stalled() || a.Status() != vlp.Critical {
		t.Errorf("still stalled, or status lost: %+v", a)
	}
}

// A pause is no silence, deadlines move by it, and records keep the raw clock.
func TestForgive(t *testing.T) {
	table := New(Config{Capacity: 4, Thresholds: []int64{100}, Kinds: []SourceKind{Local}})
	f := vlp.Frame{PID: 9, Nonce: 1}
	table.Observe(1000, 0, &f, nil)
	table.Forgive(5000)
	table.Forgive(-70)
	if got := table.Expire(6099, 9, nil); len(got) != 0 {
		t.Fatalf("after 99 ns and a pause of 5000: %+v", got)
	}
	if deadline, ok := table.Next(); deadline != 6100 || !ok {
		t.Fatalf("Next() = %d, %v; want 6100", deadline, ok)
	}
	got := table.Expire(6100, 9, nil)
	if len(got) != 1 || got[0].At != 6100 || got[0].Value != 100 {
		t.Fatalf("at the deadline: %+v", got)
	}
	f.Nonce++
	got, _ = table.Observe(6150, 0, &f, nil)
	if len(got) != 2 || got[1].At != 6150 || got[1].Value != 150 {
		t.Fatalf("on return: %+v", got)
	}
	if a, _ := table.Find(0, 9); a.LastNS() != 6150 {
		t.Errorf("LastNS() = %d; want the raw 6150", a.LastNS())
	}
}

// The queues stay in order even if the caller's readings do not.
func TestClockRunsBackwards(t *testing.T) {
	table := New(Config{Capacity: 4, Thresholds: []int64{100}, Kinds: []SourceKind{Local}})
	for i, now := range []int64{1000, 900, 950} {
		table.Observe(now, 0, &vlp.Frame{PID: uint32(2 + i), Nonce: 1}, nil)
	}
	if got := table.Expire(1099, 9, nil); len(got) != 0 {
		t.Errorf("early: %+v", got)
	}
	got := table.Expire(1100, 9, nil)
	for _, r := range got {
		if r.Value != 100 {
			t.Errorf("silence of %d: %+v; want 100 for all", r.Value, r)
		}
	}
	if len(got) != 3 {
		t.Errorf("at the deadline: %+v; want three stalls", got)
	}
}

// TestJudgedByAnEarlierReading: a beat observed later than the moment that is
// judged makes nobody else late.
func TestJudgedByAnEarlierReading(t *testing.T) {
	table := New(Config{Capacity: 4, Thresholds: []int64{600}, Kinds: []SourceKind{Local}})
	table.Observe(0, 0, &vlp.Frame{PID: 2, Nonce: 1}, nil)
	table.Observe(1000, 0, &vlp.Frame{PID: 3, Nonce: 1}, nil)
	if out := table.Expire(500, 8, nil); len(out) != 0 {
		t.Errorf("at 500: %+v", out)
	}
	if out := table.Expire(600, 8, nil); len(out) != 1 || out[0].ID != 2 || out[0].Value != 600 {
		t.Errorf("at 600: %+v", out)
	}
}
