package liveness

import (
	"strings"
	"testing"
	"time"
)

// fed starts a keeper around a fake device.
func fed(t *testing.T, dev device, grace time.Duration, tickNS int64, say func(Level, string)) (*Keeper, *theLoop) {
	t.Helper()
	l := newLoop()
	k := &Keeper{o: Options{Ring: l.ring, Say: say, Grace: grace, HWPath: "/dev/w"}}
	k.runWatcher(adopt("/dev/w", dev, false, k.o.Say), newWatchdog(0, 0, 3*tickNS))
	return k, l
}

// countingDevice is safe to be looked at while it is fed.
type countingDevice struct {
	fakeDevice
	feeds chan struct{}
	gate  chan struct{} // not nil: a feed blocks until it is closed
}

func (d *countingDevice) keepAlive() error {
	d.feeds <- struct{}{}
	if d.gate != nil {
		<-d.gate
	}
	return nil
}

func (d *countingDevice) count(within time.Duration) (n int) {
	for limit := time.After(within); ; n++ {
		select {
		case <-d.feeds:
		case <-limit:
			return n
		}
	}
}

func TestHardwareIsFedOnlyWithProof(t *testing.T) {
	dev := &countingDevice{fakeDevice: fakeDevice{options: usual, timeout: 30}, feeds: make(chan struct{}, 100)}
	k, l := fed(t, dev, time.Hour, 20*milli, func(Level, string) {})
	if n := dev.count(100 * time.Millisecond); n != 0 {
		t.Errorf("fed %d times before the first turn", n)
	}
	go l.run(k)
	for range 3 {
		<-dev.feeds
	}
	l.deaf <- true
	dev.count(50 * time.Millisecond) // proof of turns before that
	if n := dev.count(200 * time.Millisecond); n != 0 {
		t.Errorf("fed %d times by a deaf loop", n)
	}
	l.deaf <- false
	<-dev.feeds
	l.end()
	dev.count(50 * time.Millisecond)
	k.Stopping() // may take an hour
	<-dev.feeds
	<-dev.feeds
	k.Close()
	if got := dev.did.String(); got != "V." {
		t.Errorf("at the end %q, want magic and close", got)
	}
}

// A stop that hangs is ended by the hardware.
func TestHardwareIsNotFedForEverWhileStopping(t *testing.T) {
	dev := &countingDevice{fakeDevice: fakeDevice{options: usual, timeout: 30}, feeds: make(chan struct{}, 1000)}
	k, l := fed(t, dev, 100*time.Millisecond-stopSlack, 20*milli, func(Level, string) {})
	go l.run(k)
	<-dev.feeds
	l.end()
	k.Stopping()
	dev.count(200 * time.Millisecond)
	if n := dev.count(200 * time.Millisecond); n != 0 {
		t.Errorf("fed %d times after the grace", n)
	}
	k.Close()
}

// A driver that holds a feed holds nobody else for longer than a second.
func TestCloseDoesNotWaitForTheDriver(t *testing.T) {
	dev := &countingDevice{fakeDevice: fakeDevice{options: usual, timeout: 30},
		feeds: make(chan struct{}, 100), gate: make(chan struct{})}
	var told said
	k, l := fed(t, dev, time.Second, 20*milli, told.say)
	go l.run(k)
	<-dev.feeds
	l.end()
	k.Stopping()
	began := time.Now()
	k.Close()
	if took := time.Since(began); took < closeWithin || took > 3*closeWithin {
		t.Errorf("closed after %v, want %v", took, closeWithin)
	}
	if want := "error: hardware watchdog /dev/w is not disarmed: its driver holds the last feed"; !strings.HasSuffix(told.text(), want) {
		t.Errorf("said %q, want %q", told.text(), want)
	}
	close(dev.gate)
	<-k.watch.done
}
