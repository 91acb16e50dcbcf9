package intake

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

// mix is what a socket meets: mostly beats, some rubbish.
func mix() [][]byte {
	good := frame(os.Getpid(), 1)
	return [][]byte{good, good, good, good, make([]byte, 32), good[:5], append(good, 0), frame(os.Getpid()+1, 1)}
}

func take(u *Unix, i int, counts *[Reasons]int) {
	var f vlp.Frame
	r := u.Take(i, &f)
	counts[r]++
	if r == Decode {
		_ = u.Rejection(i)
	}
	_, _ = u.Unattested(i), u.UID(i)
}

func TestUnixSteadyStateAllocatesNothing(t *testing.T) {
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s"})
	tx := dial(t, u.path)
	datagrams := mix()
	var counts [Reasons]int
	turn := func() {
		for _, d := range datagrams {
			if err := unix.Sendto(tx, d, unix.MSG_DONTWAIT, nil); err != nil {
				panic(err)
			}
		}
		// Under an emulator a signal can cut a batch short.
		for got := 0; got < len(datagrams); {
			n, err := u.Recv()
			if n == 0 || err != nil {
				panic(fmt.Sprint("Recv: ", n, err))
			}
			for i := range n {
				take(u, i, &counts)
			}
			got += n
		}
	}
	if a := testing.AllocsPerRun(1000, turn); a != 0 {
		t.Errorf("%v allocations a turn", a)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 5000 {
		turn()
	}
	runtime.ReadMemStats(&after)
	if n := after.Mallocs - before.Mallocs; n > 50 { // the runtime's own, not one a turn
		t.Errorf("%d allocations in 5000 turns of %d datagrams", n, len(datagrams))
	}
	if counts[Accepted] != 6001*4 || counts[Decode] != 6001 || counts[SpoofedPID] != 6001 {
		t.Errorf("counts %v", counts)
	}
}
