package observer

import (
	"testing"

	"vlpd/diag"
	"vlpd/recovery"
	"vlpd/sink"
)

// Commands that start use up what may be said of starts. The first that fails
// is told all the same.
func TestManyStartsLeaveRoomForTheFirstFailure(t *testing.T) {
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "100", "--export-file", "DIR/log", "--recovery-exec", "/bin/true")
	l := r.o.loop
	for range 2 * noteBurst {
		l.notes.tell(l, toldSpawned, diag.Info, recovery.Key{PID: 2}, 0, "")
	}
	if l.count.suppressed != noteBurst {
		t.Fatalf("%d of %d starts were held back, want %d", l.count.suppressed, 2*noteBurst, noteBurst)
	}
	l.notes.tell(l, toldEnded, diag.Warn, recovery.Key{PID: 2}, 0, "")
	if l.count.suppressed != noteBurst {
		t.Error("the first failure was held back")
	}
}
