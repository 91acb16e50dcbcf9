package main

import (
	"time"

	"vlpd/diag"
	"vlpd/event"
	"vlpd/liveness"
)

// buildLive is the last step of start-up: with it a hardware watchdog begins
// to count.
func buildLive(o *observer, _ *event.Format) (err error) {
	l, c := o.loop, &o.c.Live
	l.keeper, err = liveness.Start(liveness.Options{
		NotifySocket: o.notifySocket, WatchdogTime: o.watchdogTime,
		HeartbeatPath: c.HeartbeatPath, SelfSecs: int64(c.SelfAfter / time.Second), HWPath: c.Hardware,
		Grace: o.c.ShutdownGrace, Ring: l.signals.bell.Ring,
		Say: func(level liveness.Level, text string) { o.diag.Say(diag.Level(level), text) },
	})
	return err
}
