package lean

import "time"

// Alarm is a timer to select on. The standard one has a channel of time.Time,
// which alone links the text forms and the zones of package time: a twentieth
// of the whole binary. An alarm that is not read is at most one stale ring.
type Alarm struct {
	C     <-chan struct{}
	timer *time.Timer
}

// NewAlarm rings once, d from now.
func NewAlarm(d time.Duration) *Alarm {
	c := make(chan struct{}, 1)
	ring := func() {
		select {
		case c <- struct{}{}:
		default:
		}
	}
	return &Alarm{C: c, timer: time.AfterFunc(d, ring)}
}

// Set has it ring once, d from now, in place of what was set before. A ring
// that nobody has read yet is taken back if Stop or Set is early enough.
//
//go:noinline
func (a *Alarm) Set(d time.Duration) {
	a.Stop()
	a.timer.Reset(d)
}

// Stop takes the alarm off.
//
//go:noinline
func (a *Alarm) Stop() {
	a.timer.Stop()
	select {
	case <-a.C:
	default:
	}
}
