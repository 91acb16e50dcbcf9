package observer

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/platform"
)

// timerFloor is how late this machine serves a thread that does nothing but
// wait for the same deadlines with a timerfd: 65,536 of them over two seconds.
// What BenchmarkStallLateness shows beyond it is ours.
func timerFloor(b *testing.B) (late []int64) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	clock, err := platform.NewClock(unix.CLOCK_MONOTONIC)
	if err != nil {
		b.Fatal(err)
	}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_CLOEXEC)
	if err != nil {
		b.Fatal(err)
	}
	defer unix.Close(fd)
	const spacing = int64(2*time.Second) / lateAgents
	late = make([]int64, 0, lateAgents)
	begin := clock.Now() + int64(time.Millisecond)
	due := func() int64 { return begin + int64(len(late))*spacing }
	for len(late) < lateAgents {
		at := clock.Absolute(due())
		spec := unix.ItimerSpec{Value: unix.NsecToTimespec(at)}
		if err := unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME, &spec, nil); err != nil {
			b.Fatal(err)
		}
		var expirations [8]byte
		if _, err := unix.Read(fd, expirations[:]); err != nil {
			b.Fatal(err)
		}
		for now := clock.Now(); len(late) < lateAgents && due() <= now; {
			late = append(late, now-due())
		}
	}
	slices.Sort(late)
	return late
}
