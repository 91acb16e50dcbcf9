package watch

import (
	"slices"
	"testing"

	"vlpd/event"
	"vlpd/vlp"
)

// Agents 2, 3 and 4 fill the table; 2 and 3 have the short threshold.
func TestEviction(t *testing.T) {
	type beat struct {
		at  int64
		pid uint32
	}
	tests := []struct {
		name   string
		evict  Policy
		beats  []beat
		now    int64 // of the newcomer's beat, after everything due stalled
		victim uint32
	}{
		{"strict: nobody stalled", Strict, []beat{{0, 2}, {0, 3}, {0, 4}}, 50, 0},
		{"strict: at ten thresholds", Strict, []beat{{0, 2}, {400, 3}, {0, 4}}, 1000, 0},
		{"strict: past ten thresholds", Strict, []beat{{0, 2}, {400, 3}, {0, 4}}, 1001, 2},
		{"strict: the longest of two", Strict, []beat{{400, 3}, {500, 2}, {500, 4}}, 2000, 3},
		{"strict: passes over who stalled first but may stay", Strict, []beat{{0, 4}, {6000, 3}, {6001, 2}}, 7500, 3},
		{"strict: the first to stall, not to fall silent", Strict, []beat{{0, 4}, {600, 2}, {700, 3}}, 10001, 2},
		{"balanced: prefers who is past ten thresholds", Balanced, []beat{{0, 4}, {6000, 3}, {6001, 2}}, 7500, 3},
		{"balanced: else the oldest beat", Balanced, []beat{{10, 2}, {5, 3}, {20, 4}}, 50, 3},
		{"balanced: of whatever class", Balanced, []beat{{10, 2}, {15, 3}, {0, 4}}, 50, 4},
		{"balanced: stalled or not", Balanced, []beat{{10, 2}, {2000, 3}, {1900, 4}}, 1000, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			table := New(Config{
				Capacity: 3, Thresholds: []int64{100, 1000}, Kinds: []SourceKind{Local}, Evict: tt.evict,
				Classify: func(_ uint16, pid uint32) uint8 { return uint8(pid >> 2) },
			})
			slices.SortStableFunc(tt.beats, func(a, b beat) int { return int(a.at - b.at) })
			for _, b := range tt.beats {
				table.Observe(b.at, 0, &vlp.Frame{PID: b.pid, Nonce: 1}, nil)
			}
			tt.now = max(tt.now, tt.beats[2].at)
			table.Expire(tt.now, 9, nil)
			got, v := table.Observe(tt.now, 0, &vlp.Frame{PID: 7, Nonce: 6}, nil)
			if tt.victim == 0 {
				if c := table.Counts(); v != Full || len(got) != 0 || c.CapacityExceeded != 1 || table.Len() != 3 {
					t.Fatalf("%d %+v, %+v, %d agents; want Full", v, got, c, table.Len())
				}
				return
			}
			want := []event.Record{
				{At: tt.now, Kind: event.Eviction, ID: tt.victim},
				{At: tt.now, Kind: event.Beat, ID: 7, Nonce: 6, Code: event.BeatFirst},
			}
			if !slices.Equal(got, want) || v != Accepted {
				t.Fatalf("%d %+v; want %+v", v, got, want)
			}
			if _, ok := table.Find(0, tt.victim); ok || table.Len() != 3 || table.Counts().Evicted != 1 {
				t.Errorf("agent %d is still there, or the counts are wrong", tt.victim)
			}
		})
	}
}

// A walk by slot meets whoever stays exactly once, though others come and go.
func TestWalkSurvivesEviction(t *testing.T) {
	table := New(Config{Capacity: 4, Thresholds: []int64{100}, Kinds: []SourceKind{Local}, Evict: Balanced})
	for pid := uint32(10); pid < 14; pid++ {
		table.Observe(int64(pid), 0, &vlp.Frame{PID: pid, Nonce: 1}, nil)
	}
	met := map[uint32]int{}
	for i := range table.Slots() {
		if i == 2 {
			table.Observe(20, 0, &vlp.Frame{PID: 99, Nonce: 1}, nil) // displaces 10, already met
			table.Observe(21, 0, &vlp.Frame{PID: 12, Nonce: 2}, nil)
			table.Observe(22, 0, &vlp.Frame{PID: 98, Nonce: 1}, nil) // displaces 11
		}
		a, _ := table.At(i)
		met[a.PID()]++
	}
	for pid := uint32(10); pid < 14; pid++ {
		if met[pid] != 1 {
			t.Errorf("agent %d was met %d times", pid, met[pid])
		}
	}
	for _, i := range []int{-1, 4} {
		if _, ok := table.At(i); ok {
			t.Errorf("At(%d) finds an agent", i)
		}
	}
}
