package children

import (
	"os"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Who redirects its output in time is not cut off, and whose is cut off is told,
// not before its time.
func TestCutOff(t *testing.T) {
	for redirected, told := range map[string]bool{"": true, ">/dev/null": true, "2>/dev/null": true, ">/dev/null 2>&1": false} {
		g := newRig(t, Options{CaptureSet: true, Capture: 10}, true)
		began := time.Now()
		g.start(1, g.command(`sh -c 'echo $$ >$DIR/news; exec sleep 1000' `+redirected+` & exit 3`))
		left := atoi(t, g.hear(1)[0])
		defer unix.Kill(left, unix.SIGKILL)
		pid := g.await(1, Ended).PID
		g.run("exit 0") // a turn of the runner
		early := g.r.CutOff()
		if early != 0 && time.Since(began) < lingerNS {
			t.Errorf("%q: child %d is told of before its time", redirected, early)
		}
		g.pass(2 * time.Second)
		g.run("exit 0")
		if got := early + g.r.CutOff(); got != pid && told || got != 0 && !told {
			t.Errorf("%q: told of child %d; want child %d: %t", redirected, got, pid, told)
		}
		if got := g.r.CutOff(); got != 0 {
			t.Errorf("%q: told of child %d twice", redirected, got)
		}
	}
}

// A shell ends right behind its `&`, and what it started redirects later.
func TestRedirectedLate(t *testing.T) {
	g := newRig(t, Options{CaptureSet: true, Capture: 10}, true)
	gate := g.gate()
	g.start(1, g.command(`sh -c 'read x <$DIR/gate; exec >/dev/null 2>&1; echo $$ >$DIR/news; exec sleep 1000' & exit 3`))
	g.await(1, Ended)
	began := time.Now()
	gate.WriteString("\n")
	left := atoi(t, g.hear(1)[0])
	defer unix.Kill(left, unix.SIGKILL)
	defer gate.Close()
	inTime := time.Since(began) < lingerNS/2
	g.pass(2 * time.Second)
	g.run("exit 0")
	if got := g.r.CutOff(); got != 0 && inTime {
		t.Errorf("told of child %d, although nobody has its output", got)
	}
}

// Many take no more descriptors than a few; the rig counts them at the end.
func TestManyLinger(t *testing.T) {
	g := newRig(t, Options{CaptureSet: true, Capture: 10}, true)
	before := openFDs(t)
	for range lingerMost + 3 {
		g.run(`sh -c 'echo $$ >$DIR/news; exec sleep 1000' & exit 0`)
	}
	for _, pid := range g.hear(lingerMost + 3) {
		defer unix.Kill(atoi(t, pid), unix.SIGKILL)
	}
	if n := openFDs(t) - before; n > 2*lingerMost {
		t.Errorf("%d more descriptors, want at most %d", n, 2*lingerMost)
	}
}

// The runtime interrupts threads whenever it likes. That hangs up no pipe: whoever
// has its other end would be cut off at once, and nobody be told.
func TestHungUpThroughSignals(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fd := int(r.Fd())
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, done := unix.Gettid(), make(chan struct{})
	var flood sync.WaitGroup
	flood.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				unix.Tgkill(unix.Getpid(), thread, unix.SIGURG)
			}
		}
	})
	for range 200_000 { // some of them are interrupted
		if hungUp(fd) {
			t.Error("hung up, although its writer is there")
			break
		}
	}
	close(done)
	flood.Wait()
	w.Close()
	if !hungUp(fd) {
		t.Error("not hung up, although its writer is gone")
	}
}
