package lean

import (
	"runtime"
	"testing"
	"time"
)

func rings(t *testing.T, a *Alarm, within time.Duration) bool {
	t.Helper()
	select {
	case <-a.C:
		return true
	case <-time.After(within):
		return false
	}
}

func TestAlarmRings(t *testing.T) {
	begin := time.Now()
	a := NewAlarm(5 * time.Millisecond)
	if !rings(t, a, 5*time.Second) {
		t.Fatal("no ring")
	}
	if after := time.Since(begin); after < 5*time.Millisecond {
		t.Errorf("rang after %v, want 5 ms at the least", after)
	}
	a.Set(time.Millisecond)
	if !rings(t, a, 5*time.Second) {
		t.Fatal("no ring after Set")
	}
}

func TestAlarmSetReplacesWhatWasSet(t *testing.T) {
	a := NewAlarm(time.Hour)
	a.Set(0)
	if !rings(t, a, 5*time.Second) {
		t.Fatal("still waits for the hour")
	}
}

func TestAlarmTakesBackWhatNobodyRead(t *testing.T) {
	for name, again := range map[string]func(a *Alarm){"Stop": (*Alarm).Stop, "Set": func(a *Alarm) { a.Set(time.Hour) }} {
		a := NewAlarm(0)
		for deadline := time.Now().Add(5 * time.Second); len(a.C) == 0; runtime.Gosched() {
			if time.Now().After(deadline) {
				t.Fatal("no ring")
			}
		}
		again(a)
		if len(a.C) != 0 {
			t.Errorf("%s: the ring is still there", name)
		}
	}
}
