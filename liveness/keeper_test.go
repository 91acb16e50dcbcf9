package liveness

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestNothingAskedNothingKept(t *testing.T) {
	before := runtime.NumGoroutine()
	k, err := Start(Options{Grace: time.Second})
	if k != nil || err != nil {
		t.Fatalf("%v, %v, want nil, nil", k, err)
	}
	k.Ready()
	k.Answer(1, 2)
	k.Reloading()
	k.Reloaded()
	k.Status("x")
	if k.Deadline() != 0 || k.HeartbeatSuppressed() != 0 || k.Hardware() != nil {
		t.Error("a nil Keeper has something to say")
	}
	k.Stopping()
	k.Close()
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines more", n-before)
	}
}

func TestNotifyAloneNeedsNoGoroutine(t *testing.T) {
	s := newSystemd(t, "")
	before := runtime.NumGoroutine()
	k, err := Start(Options{NotifySocket: s.name})
	if err != nil {
		t.Fatal(err)
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines more", n-before)
	}
	k.Ready()
	k.Answer(1, 5)
	k.Status("42 agents, all well")
	k.Stopping()
	k.Stopping()
	k.Close()
	s.want("READY=1\n")
	s.want(mainPID)
	s.want("STATUS=42 agents, all well\n")
	s.want("STOPPING=1\n")
	if m := s.next(10 * time.Millisecond); m != "" {
		t.Errorf("a word after the last: %q", m)
	}
}

func TestUnreachableNotifySocketIsSaid(t *testing.T) {
	for _, options := range []Options{{}, {WatchdogTime: time.Second}, {HeartbeatPath: t.TempDir() + "/beat"}} {
		var told said
		options.NotifySocket, options.Say = "/nowhere/notify", told.say
		k, err := Start(options)
		if err != nil || (k == nil) != (options.HeartbeatPath == "") {
			t.Errorf("%v, %v", k, err)
		}
		k.Ready()
		k.Stopping()
		k.Close()
		if want := `warn: sd_notify: could not open "/nowhere/notify": connect: no such file or directory`; told.text() != want {
			t.Errorf("said %q, want %q", told.text(), want)
		}
	}
}

// systemd hears WATCHDOG=1 at half of its time or sooner, as long as the loop
// answers; not one when it does not; and it again.
func TestWatchdogMessages(t *testing.T) {
	const grants = 600 * time.Millisecond
	s, l := newSystemd(t, ""), newLoop()
	k, err := Start(Options{NotifySocket: s.name, WatchdogTime: grants, SelfSecs: 3600, Ring: l.ring, Say: func(Level, string) {}})
	if err != nil {
		t.Fatal(err)
	}
	k.Ready()
	s.want("READY=1\n")
	s.want(mainPID)
	go l.run(k)
	s.want("WATCHDOG=1\n")
	began, shortest, words := time.Now(), time.Hour, 1
	for last := began; words < 5; words++ {
		s.want("WATCHDOG=1\n")
		shortest = min(shortest, time.Since(last))
		last = time.Now()
	}
	// One gap that is too long may be this machine's, not all of them.
	if shortest > grants/2 {
		t.Errorf("not once a word within %v, of %v", shortest, grants)
	}
	for ; s.next(0) != ""; words++ {
	}
	if took := time.Since(began); took < time.Duration(words-1)*grants/6 {
		t.Errorf("too often: %d words in %v", words, took)
	}
	l.deaf <- true
	for words = 0; words < 3 && s.next(2*grants) != ""; words++ {
	}
	if words > 2 { // one that was on its way, one with the proof of a turn before that
		t.Errorf("a deaf loop, but %d words", words)
	}
	l.deaf <- false
	s.want("WATCHDOG=1\n")
	l.end()
	k.Stopping()
	for m := s.next(time.Second); m != "STOPPING=1\n"; m = s.next(time.Second) {
		if m != "WATCHDOG=1\n" {
			t.Fatalf("%q before STOPPING=1", m)
		}
	}
	if m := s.next(grants); m != "" {
		t.Errorf("a word after the last: %q", m)
	}
	k.Close()
}

// systemd goes and comes back under the same name.
func TestWatchdogConnectsAnew(t *testing.T) {
	var told said
	s, l := newSystemd(t, ""), newLoop()
	k, err := Start(Options{NotifySocket: s.name, WatchdogTime: 90 * time.Millisecond, Ring: l.ring, Say: told.say})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	go l.run(k)
	defer l.end()
	s.want("WATCHDOG=1\n")
	s.conn.Close()
	os.Remove(s.name)
	eventually(t, "that it is gone is said", func() bool { return told.text() != "" })
	s = newSystemd(t, s.name)
	s.want("WATCHDOG=1\n")
	if text := told.text(); strings.Count(text, "\n") != 0 {
		t.Errorf("said more than once:\n%s", text)
	}
}

func TestAnswerAllocatesNothing(t *testing.T) {
	s := newSystemd(t, "")
	k, err := Start(Options{NotifySocket: s.name, HeartbeatPath: t.TempDir() + "/beat", SelfSecs: 60, Ring: func() {}, Say: func(Level, string) {}})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	turn, now := uint64(0), int64(0)
	if n := testing.AllocsPerRun(1000, func() {
		turn++
		now += HeartbeatEveryNS / 4
		k.Answer(turn, now)
		if k.Deadline() == 0 {
			t.Fatal("no deadline")
		}
	}); n != 0 {
		t.Errorf("%v allocations a turn", n)
	}
}

// mainPID follows READY=1.
var mainPID = "MAINPID=" + strconv.Itoa(os.Getpid()) + "\n"
