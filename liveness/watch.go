package liveness

import (
	"strconv"
	"time"

	"vlpd/lean"
)

// watcher is the watchdog goroutine: the only one that judges the loop, sends
// WATCHDOG=1 and touches the hardware. When a driver blocks it here, the
// hardware is not fed and systemd hears nothing: both may act, which is what
// they are for.
type watcher struct {
	k     *Keeper
	judge *watchdog
	hw    *hardware // nil: none
	stop  chan struct{}
	done  chan struct{}
	clock func() int64
	told  once
}

// run ticks until it is stopped, and then disarms the hardware: nobody else
// may, as a feed could be under way.
func (w *watcher) run() {
	defer close(w.done)
	alarm := lean.NewAlarm(time.Duration(w.judge.tickNS))
	for {
		select {
		case <-alarm.C:
			w.tick()
			alarm.Set(time.Duration(w.judge.tickNS))
		case <-w.stop:
			if w.hw != nil {
				w.hw.disarm()
			}
			return
		}
	}
}

// tick looks, acts, and asks for the next look. While the observer stops, the
// loop turns no more; the hardware is fed for as long as a stop may take, and
// not for ever, lest a stop that hangs be one that nobody ends.
func (w *watcher) tick() {
	now := w.clock()
	answered, wedged := w.judge.tick(now, w.k.turns.Load())
	if until := w.k.stopBy.Load(); until != 0 {
		answered, wedged = now < until, false
	}
	if wedged {
		abort("varta-watch poll loop wedged for >" + strconv.FormatInt(w.judge.limitNS/1e9, 10) + "s; aborting\n")
	}
	if answered {
		if w.judge.notify.due(now, w.judge.tickNS) {
			w.notify()
		}
		if w.judge.hw.due(now, w.judge.tickNS) {
			w.hw.feed()
		}
	}
	w.k.o.Ring()
}

// notify sends WATCHDOG=1. A full queue is no error: the next one comes in
// time.
func (w *watcher) notify() {
	err := w.sendUnlessStopped()
	if gone(err) {
		if err = w.k.notify.connect(); err == nil { // not under the lock: it may block
			err = w.sendUnlessStopped()
		}
	}
	if !full(err) && w.told.note(err) && err != nil {
		w.k.o.Say(Warn, "sd_notify: WATCHDOG=1: "+lean.SyscallError("sendto", err).Error())
	}
}

// sendUnlessStopped leaves the last word to STOPPING=1.
func (w *watcher) sendUnlessStopped() error {
	w.k.lastWord.Lock()
	defer w.k.lastWord.Unlock()
	if w.k.stopped {
		return nil
	}
	return w.k.notify.send(msgWatchdog)
}
