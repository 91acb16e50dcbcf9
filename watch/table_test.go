package watch

import (
	"runtime"
	"strings"
	"testing"

	"vlpd/event"
	"vlpd/vlp"
)

func TestCheckNamesTheLimit(t *testing.T) {
	good := Config{Capacity: MaxCapacity, Thresholds: []int64{1, MaxThresholdNS}, Kinds: []SourceKind{Local}}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Config){
		"capacity 0 is not within 1 to 65536":      func(c *Config) { c.Capacity = 0 },
		"capacity 65537 is not within 1 to 65536":  func(c *Config) { c.Capacity = 65537 },
		"0 thresholds are not within 1 to 256":     func(c *Config) { c.Thresholds = nil },
		"257 thresholds are not within 1 to 256":   func(c *Config) { c.Thresholds = make([]int64, 257) },
		"threshold 0 ns is not within 1 to 288230": func(c *Config) { c.Thresholds = []int64{5, 0} },
		"threshold 288230376151711745 ns is not":   func(c *Config) { c.Thresholds = []int64{MaxThresholdNS + 1} },
		"0 sources are not within 1 to 65536":      func(c *Config) { c.Kinds = nil },
		"65537 sources are not within 1 to 65536":  func(c *Config) { c.Kinds = make([]SourceKind, 65537) },
	} {
		c := good
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q", err, want)
		}
	}
}

// The same pid on two sources is two agents.
func TestKeyIsSourceAndPid(t *testing.T) {
	table := New(mixed(8, 1))
	for source, status := range []vlp.Status{vlp.OK, vlp.Degraded} {
		f := vlp.Frame{PID: 17, Nonce: 5, Status: status}
		if _, v := table.Observe(1, uint16(source), &f, nil); v != Accepted {
			t.Fatalf("source %d: verdict %d", source, v)
		}
	}
	for source, status := range []vlp.Status{vlp.OK, vlp.Degraded} {
		if a, ok := table.Find(uint16(source), 17); !ok || a.Status() != status {
			t.Errorf("source %d: %+v, %v", source, a, ok)
		}
	}
	if table.Len() != 2 || table.Cap() != 8 {
		t.Errorf("%d of %d agents; want 2 of 8", table.Len(), table.Cap())
	}
}

func TestMemoryFollowsCapacity(t *testing.T) {
	for _, tt := range []struct{ capacity, maxBytes int }{
		{256, 26 << 10},
		{4096, 400 << 10},
		{MaxCapacity, 97 * MaxCapacity},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		table := New(mixed(tt.capacity, 1))
		runtime.ReadMemStats(&after)
		if got := int(after.TotalAlloc - before.TotalAlloc); got > tt.maxBytes {
			t.Errorf("%d agents, one Wire source: %d bytes; want %d at most", table.Cap(), got, tt.maxBytes)
		}
	}
}

// Beats, stalls, recoveries, sessions, drops and evictions: none allocates.
func TestNothingAllocates(t *testing.T) {
	cfg := mixed(64, 8)
	cfg.Evict = Balanced
	table := New(cfg)
	out := make([]event.Record, 0, PerBeat)
	var now int64
	var kinds event.Set
	var verdicts [Full + 1]int
	observe := func(pid uint32, nonce uint64) {
		f := vlp.Frame{PID: pid, Nonce: nonce}
		records, v := table.Observe(now, uint16(pid&1), &f, out)
		verdicts[v]++
		for _, r := range records {
			kinds = kinds.With(r.Kind)
		}
	}
	turn := 0
	allocs := testing.AllocsPerRun(2000, func() {
		turn++
		now += 100e6
		for pid := uint32(2); pid < 50; pid++ {
			if turn%9 > 4 {
				observe(pid, uint64(turn))
			}
		}
		observe(3, 2)
		observe(5, 1)
		observe(4, uint64(turn))
		observe(uint32(1000+turn), 1)
		for {
			records := table.Expire(now, PerBeat, out)
			if len(records) == 0 {
				break
			}
			kinds = kinds.With(records[0].Kind)
		}
		table.Forgive(1)
		table.Next()
	})
	if allocs != 0 {
		t.Errorf("%v allocations a turn", allocs)
	}
	want := event.Set(0).With(event.Beat).With(event.Stall).With(event.Recovered).With(event.Session).With(event.Eviction)
	if kinds != want || verdicts[OutOfOrder] == 0 || verdicts[Duplicate] == 0 {
		t.Errorf("the turns made only %v, verdicts %v", kinds, verdicts)
	}
}
