package watch

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"vlpd/event"
	"vlpd/vlp"
)

// BenchmarkObserve is the cost of a beat of known agents, 64 classes.
func BenchmarkObserve(b *testing.B) {
	for _, agents := range []int{64, 4096, MaxCapacity} {
		inTurn := make([]uint32, agents)
		for i := range inTurn {
			inTurn[i] = uint32(i + 2)
		}
		atRandom := make([]uint32, 1<<18)
		r := rand.New(rand.NewPCG(1, 1))
		for i := range atRandom {
			atRandom[i] = inTurn[r.IntN(agents)]
		}
		for name, pids := range map[string][]uint32{"turn": inTurn, "random": atRandom} {
			b.Run(fmt.Sprintf("%s/%d", name, agents), func(b *testing.B) { benchObserve(b, agents, pids) })
		}
	}
}

func benchObserve(b *testing.B, agents int, pids []uint32) {
	table, out := New(mixed(agents, 64)), make([]event.Record, 0, PerBeat)
	f, now := vlp.Frame{}, int64(0)
	for pid := range uint32(agents) {
		f.PID = pid + 2
		table.Observe(now, 0, &f, out)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i == len(pids) {
			i = 0
		}
		now++
		f.PID, f.Nonce = pids[i], uint64(now)
		if records, v := table.Observe(now, 0, &f, out); v != Accepted || len(records) != 1 {
			b.Fatalf("verdict %d, %d records", v, len(records))
		}
	}
}

// BenchmarkExpire is the cost of a stall when everybody falls silent at once.
func BenchmarkExpire(b *testing.B) {
	for _, classes := range []int{1, 64, MaxClasses} {
		b.Run(fmt.Sprint(classes), func(b *testing.B) {
			table, out := New(mixed(MaxCapacity, classes)), make([]event.Record, 0, 64)
			f, now := vlp.Frame{}, int64(0)
			for left := 0; b.Loop(); left-- {
				if left == 0 {
					b.StopTimer()
					f.Nonce++
					for left = range MaxCapacity {
						f.PID = uint32(left + 2)
						table.Observe(now, 0, &f, out)
					}
					left, now = MaxCapacity, now+3600e9
					b.StartTimer()
				}
				table.Expire(now, 1, out)
			}
		})
	}
}

func BenchmarkNext(b *testing.B) {
	table := New(mixed(MaxCapacity, 64))
	for b.Loop() {
		table.Next()
	}
}
