// Package liveness proves to others that the loop goes on: to systemd
// (sd_notify(3)), to whoever reads the heartbeat file, to the process itself
// and to a hardware watchdog.
//
//	loop ── Answer, once a turn ──┬─► turn number ─► watchdog goroutine ─┬─► SIGABRT
//	  ▲                           │                                      ├─► WATCHDOG=1
//	  └── Ring ◄──────────────────│──────────────────────────────────────┴─► /dev/watchdog
//	                              └─► one slot ─► heartbeat goroutine ─► file
//
// A loop that sleeps because nobody beats is not wedged, so silence alone
// proves nothing: the loop is asked. The watchdog goroutine rings at each of
// its ticks and looks at the next one whether a turn has ended since. Only then
// are systemd and the hardware told that all is well; without an answer for the
// whole limit the process aborts itself. The heartbeat file is the loop's own
// duty, at a period of its own: the loop sets its timer by Deadline.
//
// What can block, a driver or flash, is called by these two goroutines only.
// The loop itself sends on the notify socket, which cannot block. What was not
// asked for costs nothing: Start returns nil then, and every method of a nil
// Keeper does nothing.
//
// What this does not do: when Go's runtime itself stands still, because the
// loop hangs in a raw system call just as the garbage is collected, the
// watchdog goroutine stands still too and cannot abort. Then systemd and the
// hardware hear nothing more, and act.
package liveness
