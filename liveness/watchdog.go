package liveness

import "math"

// watchdog judges, at each of its ticks, whether the loop has answered. It
// knows no time but what it is told.
//
// Before the first turn nothing is judged: start-up may take its time.
type watchdog struct {
	tickNS  int64
	limitNS int64 // silence that proves a wedge; 0: that is not judged
	notify  duty  // WATCHDOG=1
	hw      duty  // feeding the hardware

	turns    uint64 // the loop's, as seen at the last tick
	lastNS   int64  // the last tick
	silentNS int64  // since when the loop owes an answer, without pauses
}

// duty is something to be done again and again, each everyNS.
type duty struct {
	everyNS int64 // 0: never
	doneNS  int64
}

const (
	// lateNS is the lateness of a tick beyond which this process could not
	// run, as for the silence of agents.
	lateNS = int64(100e6)

	// leastTickNS bounds what a tiny WATCHDOG_USEC costs.
	leastTickNS = int64(10e6)
)

// newWatchdog ticks as rarely as it may: twice in the limit, so that a wedge is
// noticed after the limit and at most half as much again, and three times in
// the time after which systemd or the hardware gives us up.
func newWatchdog(limitNS, notifyNS, hwNS int64) *watchdog {
	w := &watchdog{tickNS: math.MaxInt64, limitNS: limitNS,
		notify: duty{everyNS: notifyNS / 3}, hw: duty{everyNS: hwNS / 3}}
	for _, ns := range []int64{limitNS / 2, w.notify.everyNS, w.hw.everyNS} {
		if ns > 0 {
			w.tickNS = min(w.tickNS, ns)
		}
	}
	w.tickNS = max(w.tickNS, leastTickNS)
	return w
}

// begin is the moment from which the first tick is awaited.
func (w *watchdog) begin(now int64) {
	w.lastNS, w.notify.doneNS, w.hw.doneNS = now, now, now
}

// tick takes how many turns the loop has completed. answered means that one of
// them ended since the last tick. Either way the loop is to be asked again.
//
// A tick that comes late shows that this process was stopped, or its machine:
// no answer could come. When that began, before the tick was due, nobody can
// tell, so as much again is not counted.
func (w *watchdog) tick(now int64, turns uint64) (answered, wedged bool) {
	passed := now - w.lastNS
	if late := passed - w.tickNS; late > lateNS {
		passed = w.tickNS - min(late, w.tickNS)
	}
	w.lastNS = now
	switch {
	case turns != w.turns:
		w.turns, w.silentNS = turns, 0
		return true, false
	case turns == 0:
		return false, false
	}
	w.silentNS += passed
	return false, w.limitNS > 0 && w.silentNS >= w.limitNS
}

// due reports whether to do it at this tick, the one nearest to the period:
// the next would be farther from it. As a tick is no longer than the period, a
// third of what the other side grants, never more than half of that passes.
func (d *duty) due(now, tickNS int64) bool {
	if d.everyNS == 0 || now-d.doneNS < d.everyNS-tickNS/2 {
		return false
	}
	d.doneNS = now
	return true
}
