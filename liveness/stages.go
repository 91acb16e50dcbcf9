package liveness

import (
	"os"
	"strconv"

	"vlpd/lean"
)

// Ready tells systemd that start-up is over: the first message of all. It may
// wait a second for systemd; the loop has not begun.
func (k *Keeper) Ready() {
	if k != nil && k.notify != nil {
		k.sayNotify("READY=1", k.notify.insist(msgReady, insistFor))
		// For whoever started us through something else; without it nothing breaks.
		_ = k.notify.send([]byte("MAINPID=" + strconv.Itoa(os.Getpid()) + "\n"))
	}
}

// Reloading tells systemd that the configuration is being read again. Only the
// loop calls it, Reloaded and Status. None of them can block: what systemd has
// no room for is sent at a later Answer.
func (k *Keeper) Reloading() {
	if k != nil && k.notify != nil {
		k.owed.setReloading()
		k.pay()
	}
}

// Reloaded ends what Reloading began, well or not: READY=1 says no more than
// that we serve.
func (k *Keeper) Reloaded() {
	if k != nil && k.notify != nil {
		k.owed.ready = true
		k.pay()
	}
}

// Status is a line for people who ask systemd.
func (k *Keeper) Status(text string) {
	if k != nil && k.notify != nil {
		k.owed.setStatus(text)
		k.pay()
	}
}

func (k *Keeper) pay() {
	err := k.owed.pay(k.notify, k.now)
	if k.owed.told.note(err) && err != nil {
		k.o.Say(Warn, "sd_notify: "+err.Error())
	}
}

func (k *Keeper) sayNotify(what string, err error) {
	if err != nil {
		k.o.Say(Warn, "sd_notify: "+what+": "+err.Error())
	}
}

// Stopping is called when the loop has ended: it turns no more, so from now on
// it is not judged, and the hardware is fed for as long as the stop may take.
// STOPPING=1 is the last message. It may wait a second for systemd.
func (k *Keeper) Stopping() {
	if k == nil {
		return
	}
	if k.watch != nil {
		k.stopBy.Store(k.watch.clock() + int64(k.o.Grace+stopSlack))
	}
	if k.notify == nil {
		return
	}
	k.lastWord.Lock()
	said := k.stopped
	k.stopped = true
	k.lastWord.Unlock()
	if !said {
		k.sayNotify("STOPPING=1", k.notify.insist(msgStopping, insistFor))
	}
}

// Close disarms the hardware watchdog and ends the goroutines. It is the last
// act of a clean stop and of a start that failed; a process that dies in
// another way leaves the hardware armed. A goroutine that a driver or flash
// holds is left behind after a second.
func (k *Keeper) Close() {
	if k == nil || k.closed {
		return
	}
	k.closed = true
	if k.beat != nil {
		close(k.beat.beats)
	}
	if k.watch != nil {
		close(k.watch.stop)
		if !ended(k.watch.done) {
			k.sayStuck()
		}
	}
	if k.beat != nil && !ended(k.beat.done) {
		k.o.Say(Warn, "heartbeat file: the last write has not ended")
	}
	if k.notify != nil {
		k.lastWord.Lock()
		k.stopped = true // before the number of its descriptor is another's
		k.notify.close()
		k.lastWord.Unlock()
	}
}

func (k *Keeper) sayStuck() {
	if k.watch.hw != nil {
		k.o.Say(Error, "hardware watchdog "+k.o.HWPath+" is not disarmed: its driver holds the last feed")
	}
}

// ended waits for a goroutine, but not for ever.
func ended(done <-chan struct{}) bool {
	alarm := lean.NewAlarm(closeWithin)
	defer alarm.Stop()
	select {
	case <-done:
		return true
	case <-alarm.C:
		return false
	}
}
