package recovery

import "testing"

// TestStrays: a result that comes late or twice finds nobody, also when the
// slot has become another agent's.
func TestStrays(t *testing.T) {
	table := New(Config{Capacity: 1, Max: 1, DebounceNS: 10, Sources: 1})
	attempt := func(now int64, pid uint32) uint64 {
		table.Stalled(now, Key{0, pid}, Attested)
		got := table.Due(now, make([]Attempt, 0, 2))
		if len(got) != 1 || got[0].PID != pid || got[0].Outcome != Pending {
			t.Fatalf("attempts %+v for %d", got, pid)
		}
		return got[0].Token
	}
	first := attempt(0, 7)
	if table.Ended(first, 1, ReapedZero) {
		t.Error("ended before it was spawned")
	}
	if !table.Spawned(first) || table.Spawned(first) || table.SpawnFailed(first, 1) {
		t.Error("spawned twice")
	}
	if !table.Ended(first, 5, Killed) || table.Ended(first, 6, Killed) {
		t.Error("ended twice")
	}
	table.Gone(Key{0, 7})
	second := attempt(20, 8)
	if first == second || table.Spawned(first) || table.SpawnFailed(first, 20) || table.outstanding != 1 {
		t.Errorf("the attempt of another agent, %#x, was touched by %#x", second, first)
	}
	if table.Spawned(second+1) || !table.Spawned(second) {
		t.Error("a slot that is not there")
	}
	if got := table.Counts(); got.Strays != 7 || got.DurationNS != 5 || got.Durations != 1 {
		t.Errorf("counts %+v; want 7 strays, one child of 5 ns", *got)
	}
}

// TestKilledOnly: a child that we killed is not counted as reaped as well.
func TestKilledOnly(t *testing.T) {
	s := play(t, usual(), `
		0 stall 7 = pending
		0 due = 7 pending
		3 spawned 7 = ok
		40 killed 7 = ok
		40 children = 0
		40 next = 1040`)
	if c := s.table.Counts(); c.Outcomes[Killed] != 1 || c.Outcomes[ReapedNonzero] != 0 || c.DurationNS != 40e6 {
		t.Errorf("counts %+v", *c)
	}
}

func TestEndedTakesEndsOnly(t *testing.T) {
	for o := Pending; o < Outcomes; o++ {
		if o == ReapedZero || o == ReapedNonzero || o == Killed {
			continue
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("ended as %s", o.Label())
				}
			}()
			New(usual()).Ended(0, 0, o)
		}()
	}
}
