package observer

import (
	"testing"
	"time"

	"vlpd/sink"
	"vlpd/vlp"
)

// TestPauseInATurn: time that passes between two readings of the clock in one
// turn is no silence, and is not forgiven twice.
func TestPauseInATurn(t *testing.T) {
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "1000")
	l := r.o.loop
	l.now = l.clock.Now() - int64(400*time.Millisecond)
	l.tick()
	if l.count.pauses != 1 || l.count.pausedNS < 400e6 || l.excused != l.now {
		t.Errorf("%d pauses of %d ns, excused to %d, now %d", l.count.pauses, l.count.pausedNS, l.excused, l.now)
	}
	l.timer.Set(l.clock.Absolute(l.now - int64(300*time.Millisecond)))
	l.notePause()
	if l.count.pauses != 1 {
		t.Error("forgiven once more by the timer")
	}
	r.o.close()
}

// TestCrowdedQueueIsWatched: where a pause until the next deadline would
// overflow the queue, the timer rings before, for its lateness is the only proof
// of a pause. Rare beats leave it alone.
func TestCrowdedQueueIsWatched(t *testing.T) {
	for _, c := range []struct {
		beats int64 // in the last 100 ms
		early bool
	}{{50, true}, {8, true}, {0, false}} {
		r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "1000", "--uds-queue-len", "0")
		l := r.o.loop
		l.now = l.clock.Now()
		l.table.ObserveVouched(l.now, 0, &vlp.Frame{PID: 2, Nonce: 1}, true, nil)
		l.sockets[0].rate = rate{since: l.now - 1e8, until: l.now, beats: c.beats}
		l.arm()
		in := l.timer.Armed() - l.clock.Absolute(l.now)
		if early := in <= l.lateNS; early != c.early {
			t.Errorf("%d beats in 0.1 s: the timer rings in %d ns", c.beats, in)
		}
		r.o.close()
	}
}
