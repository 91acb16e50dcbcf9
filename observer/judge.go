package observer

import (
	"vlpd/event"
	"vlpd/vlp"
)

const (
	// lateNS is the lateness beyond which the observer was not just slow to
	// be scheduled but could not run: stopped, frozen, starved. Half the
	// shortest threshold is late as well.
	lateNS = 100e6

	// longPauseNS is what the original counts as a jump of the clock.
	longPauseNS = 5e9

	// stallBatch is how many stalls are reported before the sources are
	// looked at again, so that a mass stall delays nobody's beat.
	stallBatch = 64
	stallTurn  = 512
)

// notePause finds out whether we could not run, and takes that time out of
// every silence.
//
// The proof of a pause is a timer that was served late. When it began, before
// the timer was due, nobody can tell; so as much again is forgiven, though not
// from before the last turn, in which we did run. An agent whose beats did not
// fit into the kernel's queue meanwhile gets that time to beat again.
func (l *loop) notePause() {
	l.late = 0
	armed := l.timer.Armed()
	if armed == 0 {
		return
	}
	due := max(armed-l.clock.Absolute(0), l.excused)
	l.late = l.now - due
	if l.late > l.lateNS {
		l.forgive(l.late, max(0, min(l.late, due-l.lastTurn)))
	}
}

// tick reads the clock in the midst of a turn. Between two readings lie some
// milliseconds of work at the most; whatever is more is a pause as well.
func (l *loop) tick() {
	now := l.clock.Now()
	if gap := now - l.now; gap > l.lateNS {
		l.forgive(gap, 0)
		l.excused = now
	}
	l.now = now
}

// forgive counts a pause, and takes it and what may have come before out of
// every silence.
func (l *loop) forgive(pause, before int64) {
	l.count.pauses++
	l.count.pausedNS += uint64(pause)
	if pause > longPauseNS {
		l.count.longPauses++
	}
	l.table.Forgive(pause + before)
	l.notes.pause(l, pause)
}

// judge reports who has been silent for too long. First every source is read
// to its end: a beat that waits in a queue is not silence.
func (l *loop) judge() (more bool) {
	if at, ok := l.table.Next(); !ok || at > l.now {
		return false
	}
	// Judged is by the moment before the drain: what came until then has been
	// seen. Later beats of the drain move l.now, and a pause among them must
	// not become silence of those that were not read yet.
	l.tick()
	until := l.now
	l.drain()
	l.judgedAt = l.count.turns
	for range stallTurn / stallBatch {
		l.out = l.table.Expire(until, stallBatch, l.out[:0])
		for i := range l.out {
			l.out[i].At = l.now // rows stand in the order of their times
		}
		l.emitAll()
		if len(l.out) < stallBatch {
			return false
		}
	}
	return true
}

// emitAll passes on what the table appended to l.out.
func (l *loop) emitAll() {
	for i := range l.out {
		l.emit(&l.out[i])
	}
}

// emit is the one way out of the loop, in this order: counters, event log,
// people.
func (l *loop) emit(r *event.Record) {
	l.count.events[r.Kind]++
	if l.log != nil && !(l.changesOnly && ordinary(r)) {
		l.log.Push(l.now, r)
	}
	if r.Kind == event.Beat {
		return
	}
	if r.Kind == event.Stall {
		l.doubt(r.Source)
	}
	l.notes.event(l, r)
	if l.recover != nil {
		l.recoverEvent(r)
	}
	if r.Kind == event.Eviction && l.processes != nil {
		l.processes.Forget(r.Source, r.ID)
	}
}

// ordinary is a beat that says nothing new: all well, as before.
func ordinary(r *event.Record) bool {
	return r.Kind == event.Beat && r.Code == 0 && vlp.Status(r.Status) == vlp.OK
}
