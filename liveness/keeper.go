package liveness

import (
	"sync"
	"sync/atomic"
	"time"

	"vlpd/lean"
)

// Level says how much a line for people matters; the values are diag's.
type Level uint8

// The levels.
const (
	Info Level = iota
	Warn
	Error
)

// Options says what was asked for.
type Options struct {
	NotifySocket  string        // of Environ; "": no systemd
	WatchdogTime  time.Duration // of Environ; 0: no WATCHDOG=1
	HeartbeatPath string        // --heartbeat-file; "": none
	SelfSecs      int64         // --self-watchdog-secs, 1 at the least; 0: not given
	HWPath        string        // --hw-watchdog; "": none
	Grace         time.Duration // what a stop may take, --shutdown-grace-ms

	// Ring wakes the loop, which then completes a turn. It must not block.
	Ring func()
	// Say is for people. It is called from any goroutine and must not block.
	Say func(Level, string)
	// Sys is where sysfs is mounted; "" for /sys.
	Sys string
}

// Keeper is what the loop and its owner see. A nil Keeper keeps nothing.
type Keeper struct {
	o      Options
	notify *notifier  // nil: none
	watch  *watcher   // nil: none
	beat   *heartbeat // nil: none

	turns  atomic.Uint64 // completed by the loop
	stopBy atomic.Int64  // until when a stop may take, on the watcher's clock; 0: none is under way

	lastWord sync.Mutex // of stopped; never held in a call that can block
	stopped  bool       // STOPPING=1 is out, or about to be

	// The loop's.
	now    int64
	beatAt int64 // when the next heartbeat is due, on the loop's clock
	owed   owed
	closed bool
}

const (
	// defaultSelfSecs is the self-watchdog's limit when systemd watches and
	// no other was given, as the original's.
	defaultSelfSecs = 4

	insistFor   = time.Second // what READY=1 and STOPPING=1 may take each
	closeWithin = time.Second // what each goroutine may take to end
	stopSlack   = 5 * time.Second
)

// Start opens what was asked for; nil if nothing was. It is the last step of
// start-up before Ready, for with it the hardware watchdog begins to count. It
// may block. An unreachable notify socket is said and gone without; a hardware
// watchdog that cannot be opened is an error.
func Start(o Options) (*Keeper, error) {
	k := &Keeper{o: o}
	if o.NotifySocket != "" {
		var err error
		if k.notify, err = openNotifier(o.NotifySocket); err != nil {
			o.Say(Warn, "sd_notify: could not open "+lean.Quote(o.NotifySocket)+": "+err.Error())
		}
	}
	hw, err := k.openHardware()
	if err != nil {
		k.Close()
		return nil, err
	}
	if o.HeartbeatPath != "" {
		k.beat = newHeartbeat(&k.o)
		go k.beat.run()
	}
	k.startWatcher(hw)
	if k.notify == nil && k.beat == nil && k.watch == nil {
		return nil, nil
	}
	return k, nil
}

func (k *Keeper) openHardware() (*hardware, error) {
	if k.o.HWPath == "" {
		return nil, nil
	}
	if k.o.Sys == "" {
		k.o.Sys = "/sys"
	}
	return openHardware(k.o.HWPath, k.o.Sys, k.o.Say)
}

// startWatcher starts the watchdog goroutine if there is anything to watch for.
func (k *Keeper) startWatcher(hw *hardware) {
	var notifyNS, hwNS int64
	self := k.o.SelfSecs
	if k.notify != nil && k.o.WatchdogTime > 0 {
		notifyNS = int64(k.o.WatchdogTime)
		if self == 0 {
			self = defaultSelfSecs
		}
	}
	if hw != nil {
		hwNS = int64(hw.period())
	}
	if self != 0 || notifyNS != 0 || hwNS != 0 {
		k.runWatcher(hw, newWatchdog(min(self, maxSelfSecs)*1e9, notifyNS, hwNS))
	}
}

func (k *Keeper) runWatcher(hw *hardware, judge *watchdog) {
	k.watch = &watcher{k: k, judge: judge, hw: hw,
		stop: make(chan struct{}), done: make(chan struct{}), clock: monotonic()}
	k.watch.judge.begin(k.watch.clock())
	go k.watch.run()
}

const maxSelfSecs = int64(1<<63-1) / 1e9

// monotonic reads CLOCK_MONOTONIC, which stands still while the machine sleeps.
func monotonic() func() int64 {
	zero := time.Now()
	return func() int64 { return int64(time.Since(zero)) }
}

// Answer is called by the loop at the end of each turn, before it sets its
// timer: turn is that turn's number, from 1, now the loop's clock in ns.
func (k *Keeper) Answer(turn uint64, now int64) {
	if k == nil {
		return
	}
	k.turns.Store(turn)
	k.now = now
	if k.beat != nil && now >= k.beatAt {
		k.beat.offer(pulse{turn, now})
		k.beatAt = now + HeartbeatEveryNS
	}
	if k.owed.at != 0 && now >= k.owed.at {
		k.pay()
	}
}

// Deadline is when Answer wants to be called again, on the loop's clock; 0 if
// that does not matter.
func (k *Keeper) Deadline() int64 {
	if k == nil {
		return 0
	}
	at := k.owed.at
	if k.beat != nil && (at == 0 || k.beatAt < at) {
		at = k.beatAt
	}
	return at
}

// HeartbeatSuppressed is how many errors of the heartbeat file were not told.
func (k *Keeper) HeartbeatSuppressed() uint64 {
	if k == nil || k.beat == nil {
		return 0
	}
	return k.beat.suppressed.Load()
}

// Hardware is what the hardware watchdog said at start; nil without one.
func (k *Keeper) Hardware() *Hardware {
	if k == nil || k.watch == nil || k.watch.hw == nil {
		return nil
	}
	return &k.watch.hw.Hardware
}
