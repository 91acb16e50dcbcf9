package recovery

import (
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

func TestCheckNamesTheLimit(t *testing.T) {
	good := Config{Capacity: MaxCapacity, Max: MaxCapacity, DebounceNS: MaxDebounceNS, Sources: 65536}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for want, spoil := range map[string]func(*Config){
		"capacity 0 is not within 1 to 65536":                  func(c *Config) { c.Capacity = 0 },
		"capacity 65537 is not within 1 to 65536":              func(c *Config) { c.Capacity = 65537 },
		"children at once: 0 is not within 1 to 65536":         func(c *Config) { c.Max = 0 },
		"children at once: 65537 is not within 1 to 65536":     func(c *Config) { c.Max = 65537 },
		"sources: 0 is not within 1 to 65536":                  func(c *Config) { c.Sources = 0 },
		"sources: 65537 is not within":                         func(c *Config) { c.Sources = 65537 },
		"debounce in ns: -1 is not within 0 to 28823037615171": func(c *Config) { c.DebounceNS = -1 },
		"debounce in ns: 288230376151711745 is not within":     func(c *Config) { c.DebounceNS = MaxDebounceNS + 1 },
	} {
		c := good
		spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v; want %q", err, want)
		}
	}
}

// TestLabels: the original's, which dashboards and parsers know.
func TestLabels(t *testing.T) {
	want := "spawned debounced reaped_zero reaped_nonzero killed spawn_failed refused_unauthenticated_transport " +
		"refused_cross_namespace refused_debounce_capacity refused_outstanding_capacity refused_socket_mode_only " +
		"refused_line_down refused_pid_recycled"
	reasons := "unauthenticated_transport cross_namespace_agent debounce_capacity outstanding_capacity socket_mode_only " +
		"line_down pid_recycled"
	var labels, refused []string
	for o := Pending + 1; o < Outcomes; o++ {
		labels = append(labels, o.Label())
		if o.Reason() != "" {
			refused = append(refused, o.Reason())
		}
	}
	if got := strings.Join(labels, " "); got != want {
		t.Errorf("outcomes %s\nwant     %s", got, want)
	}
	if got := strings.Join(refused, " "); got != reasons || Pending.Reason() != "" {
		t.Errorf("reasons %s\nwant    %s", got, reasons)
	}
}

// mass lets every agent of a full table stall at once.
func mass(max int) *Table {
	table := New(Config{Capacity: MaxCapacity, Max: max, DebounceNS: 1e9, Sources: 2, Seed: 77})
	for n := range uint32(MaxCapacity) {
		table.Stalled(5, Key{uint16(n & 1), n/2 + 2}, Attested)
	}
	return table
}

// TestMassStall: everybody's time comes once, in the order of the stalls, a few
// at a call.
func TestMassStall(t *testing.T) {
	table, out, n := mass(MaxCapacity), make([]Attempt, 0, 64), uint32(0)
	for {
		at, ok := table.Next()
		if !ok {
			break
		}
		if out = table.Due(5, out[:0]); at != 5 || len(out) != 64 {
			t.Fatalf("%d attempts at %d; want 64 at 5", len(out), at)
		}
		for _, a := range out {
			if want := (Key{uint16(n & 1), n/2 + 2}); a.Key != want || a.Outcome != Pending {
				t.Fatalf("attempt %d: %+v; want %v", n, a, want)
			}
			n++
		}
	}
	if n != MaxCapacity || table.outstanding != MaxCapacity {
		t.Errorf("%d attempts, %d outstanding", n, table.outstanding)
	}
	sound(t, table)
}

// TestMassStallOfFewChildren: with eight at once, each of 65,536 agents has its
// turn in as many rounds as it takes, and none is refused twice.
func TestMassStallOfFewChildren(t *testing.T) {
	table, out := mass(8), make([]Attempt, 0, 64)
	var running []uint64
	now, done := int64(5), 0
	for done < MaxCapacity {
		for at, ok := table.Next(); ok && at <= now; at, ok = table.Next() {
			for _, a := range table.Due(now, out) {
				if a.Outcome == Pending {
					table.Spawned(a.Token)
					running = append(running, a.Token)
				}
			}
		}
		if len(running) == 0 || len(running) > 8 {
			t.Fatalf("%d children after %d agents", len(running), done)
		}
		now += 1e6
		table.Ended(running[0], now, ReapedZero)
		running = running[1:]
		done++
	}
	if c := table.Counts(); c.Outcomes[RefusedOutstandingCapacity] != MaxCapacity-8 || c.Outcomes[ReapedZero] != MaxCapacity {
		t.Errorf("counts %v", *c)
	}
}

func TestMemoryFollowsCapacity(t *testing.T) {
	for _, capacity := range []int{256, 4096, MaxCapacity} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		table := New(Config{Capacity: capacity, Max: 1, Sources: 8})
		runtime.ReadMemStats(&after)
		if got := int(after.TotalAlloc - before.TotalAlloc); got > 61*capacity+1024 {
			t.Errorf("%d agents: %d bytes; want 61 an agent", len(table.slots), got)
		}
	}
}

// TestNothingAllocates: stalls, refusals, attempts, results, beats, evictions.
func TestNothingAllocates(t *testing.T) {
	table := New(Config{Capacity: 64, Max: 20, DebounceNS: 1e9, Sources: 2, Recycled: func(k Key) bool { return k.PID == 5 }})
	out, now, r := make([]Attempt, 0, 16), int64(0), rand.New(rand.NewPCG(1, 9))
	key := func() Key { return Key{uint16(r.IntN(2)), uint32(r.IntN(60))} }
	ends := [...]Outcome{ReapedZero, ReapedNonzero, Killed}
	allocs := testing.AllocsPerRun(2000, func() {
		now += 300e6
		for range 20 {
			table.Stalled(now, key(), Attested)
			table.Recovered(key())
		}
		table.Stalled(now, key(), Attestation(r.IntN(4)))
		table.Gone(key())
		for range 4 {
			for _, a := range table.Due(now, out) {
				if a.Outcome != Pending {
					continue
				}
				if r.IntN(4) == 0 {
					table.SpawnFailed(a.Token, now)
				} else {
					table.Spawned(a.Token)
				}
				if r.IntN(2) == 0 {
					table.Ended(a.Token, now, ends[r.IntN(3)])
				}
			}
			table.Next()
		}
		for i := range uint64(64) { // whoever was left
			table.Ended(uint64(table.slots[i].attempt)<<32|i, now, ends[r.IntN(3)])
		}
		if table.LineDown(1); r.IntN(2) == 0 {
			table.LineUp(1, now)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a turn", allocs)
	}
	for o := Pending + 1; o < Outcomes; o++ {
		if table.Counts().Outcomes[o] == 0 {
			t.Errorf("the turns had no %s", o.Label())
		}
	}
}

// TestIndexSpreads: keys in sequence, in steps, and by line.
func TestIndexSpreads(t *testing.T) {
	for name, id := range map[string]func(n uint32) Key{
		"sequential":  func(n uint32) Key { return Key{0, n + 2} },
		"32 lines":    func(n uint32) Key { return Key{uint16(n & 31), n>>5 + 2} },
		"by source":   func(n uint32) Key { return Key{uint16(n), 7} },
		"steps of 4K": func(n uint32) Key { return Key{0, n << 12} },
		"top bits":    func(n uint32) Key { return Key{0, n << 16} },
		"diagonal":    func(n uint32) Key { return Key{uint16(n), n} },
		"mirrored":    func(n uint32) Key { return Key{uint16(n), -n} },
	} {
		for _, seed := range []uint32{0, 1, 0xdeadbeef} {
			x := newIndex(MaxCapacity, seed)
			looks := 0
			for n := range uint32(MaxCapacity) {
				b := x.bucket(id(n))
				*b++
				looks += int(*b)
			}
			if mean := float64(looks) / MaxCapacity; mean > 1.6 { // random keys: 1.5
				t.Errorf("%s, seed %#x: %.2f slots a search", name, seed, mean)
			}
		}
	}
}
