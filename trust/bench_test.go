package trust

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/platform"
)

// BenchmarkKnown is what a beat of a known process costs, in random order.
func BenchmarkKnown(b *testing.B) {
	for _, agents := range []int{64, 4096, MaxCapacity} {
		b.Run(fmt.Sprint(agents), func(b *testing.B) {
			t, err := New(Config{Capacity: agents, Seed: 7, Now: func() int64 { return 0 }})
			if err != nil {
				b.Fatal(err)
			}
			defer t.Close()
			for pid := range uint32(agents) {
				i, _ := t.admit(0, pid+2)
				t.move(i, watched)
			}
			pids, r := make([]uint32, 1<<18), rand.New(rand.NewPCG(1, 1))
			for i := range pids {
				pids[i] = uint32(r.IntN(agents) + 2)
			}
			for i := 0; b.Loop(); i++ {
				if t.Judge(0, 0, pids[i&(1<<18-1)], true) != Pinned {
					b.Fatal("not known")
				}
			}
		})
	}
}

// BenchmarkFirst is what a first beat costs: a pidfd, two looks into /proc, and
// the way back.
func BenchmarkFirst(b *testing.B) {
	clock, err := platform.NewClock(unix.CLOCK_MONOTONIC)
	if err != nil {
		b.Fatal(err)
	}
	t, err := New(Config{Capacity: 8, Descriptors: 8, Now: clock.Reader()})
	if err != nil {
		b.Fatal(err)
	}
	defer t.Close()
	pid := uint32(os.Getpid())
	b.ReportAllocs()
	for b.Loop() {
		t.Turn()
		if t.Judge(t.now(), 0, pid, true) != First || t.Open() != 1 {
			b.Fatal("not taken: ", t.News())
		}
		t.Forget(0, pid)
	}
}
