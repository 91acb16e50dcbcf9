package liveness

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// childEnv has this test binary play an observer whose loop ends up as it says.
const childEnv = "LIVENESS_TEST_CHILD"

func TestMain(m *testing.M) {
	if how := os.Getenv(childEnv); how != "" {
		child(how)
	}
	os.Exit(m.Run())
}

// child starts a keeper of one second, turns a few times, says so on stdout
// and goes astray.
func child(how string) {
	runtime.GOMAXPROCS(3) // as the observer; with one, a raw call that hangs stops the runtime
	l := newLoop()
	o := Options{SelfSecs: 1, Ring: l.ring, Say: func(Level, string) {}}
	if how == "systemd" {
		o.SelfSecs, o.NotifySocket, o.WatchdogTime = 0, os.Getenv("NOTIFY_SOCKET"), 300*time.Millisecond
	}
	k, err := Start(o)
	if err != nil {
		panic(err)
	}
	for turn := uint64(1); turn < 3; turn++ {
		<-l.rings
		k.Answer(turn, 0)
	}
	os.Stdout.WriteString("turning\n")
	switch how {
	case "answers":
		go func() {
			os.Stdin.Read(make([]byte, 1))
			k.Stopping()
			k.Close()
			os.Exit(0)
		}()
		l.run(k)
	case "spins":
		spinning()
	case "hangs":
		hangingRaw()
	default:
		waiting()
	}
}

// spinning touches no memory: the race detector's C code, which a stack cannot
// be told from, stays out of it.
//
//go:noinline
func spinning() {
	//lint:ignore SA5002 it is to spin
	for {
	}
}

//go:noinline
func waiting() { <-make(chan int) }

// hangingRaw is what the runtime cannot look into: a system call that it was
// not told of. Whoever would stop the world waits for ever.
//
//go:noinline
func hangingRaw() {
	var ends [2]int
	unix.Pipe2(ends[:], 0)
	for {
		unix.RawSyscall(unix.SYS_READ, uintptr(ends[0]), 0, 1)
	}
}

// start runs the child with stderr going to w, and waits until it turns.
func start(t *testing.T, how string, stderr *os.File, env ...string) (cmd *exec.Cmd, stdin io.WriteCloser) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self)
	cmd.Env = append(append(os.Environ(), childEnv+"="+how), env...)
	cmd.Stderr = stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	stdin, err = cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); errors.Is(err, unix.ENOEXEC) {
		t.Skip("emulated: this kernel does not run us again")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	if _, err := io.ReadFull(stdout, make([]byte, len("turning\n"))); err != nil {
		t.Fatalf("the child does not turn: %v", err)
	}
	return cmd, stdin
}

// signalOf waits for the end, not longer than the given time.
func signalOf(t *testing.T, cmd *exec.Cmd, within time.Duration) syscall.Signal {
	t.Helper()
	over := time.AfterFunc(within, func() { cmd.Process.Signal(syscall.SIGUSR2) })
	defer over.Stop()
	cmd.Wait()
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !status.Signaled() {
		t.Fatalf("exit status %d, want a signal", status.ExitStatus())
	}
	return status.Signal()
}

func TestWedgedLoopIsAborted(t *testing.T) {
	t.Parallel()
	s := newSystemd(t, "") // closed when the last of the children has ended
	for _, c := range []struct{ how, seconds, stack string }{
		{"waits", "1s", "liveness.waiting("},
		{"spins", "1s", "liveness.spinning("},
		{"hangs", "1s", "liveness.hangingRaw("},
		{"systemd", "4s", "liveness.waiting("},
	} {
		t.Run(c.how, func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd, _ := start(t, c.how, w, "NOTIFY_SOCKET="+s.name)
			w.Close()
			began := time.Now()
			var out bytes.Buffer
			copied := make(chan struct{})
			go func() { io.Copy(&out, r); close(copied) }()
			if sig := signalOf(t, cmd, 30*time.Second); sig != syscall.SIGABRT {
				t.Errorf("ended by %v, want SIGABRT", sig)
			}
			<-copied
			if took := time.Since(began); took < 500*time.Millisecond {
				t.Errorf("aborted after %v", took)
			}
			text := out.String()
			if !strings.HasPrefix(text, "varta-watch poll loop wedged for >"+c.seconds+"; aborting\n") {
				t.Errorf("first words: %.200q", text)
			}
			if !strings.Contains(text, "goroutine ") || !strings.Contains(text, c.stack) {
				t.Errorf("the dump does not show the loop in %s:\n%s", c.stack, text)
			}
		})
	}
}

// Whoever reads stderr may have stopped doing so. The end comes all the same,
// and is the same.
func TestAbortDoesNotWaitForStderr(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		fill bool // the pipe is full before
		most time.Duration
	}{
		{"full", true, 10 * time.Second},
		{"full in the midst of the stacks", false, 15 * time.Second},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if _, err := unix.FcntlInt(w.Fd(), unix.F_SETPIPE_SZ, 4096); err != nil {
				t.Fatal(err)
			}
			if c.fill {
				w.Write(make([]byte, 4096))
			}
			cmd, _ := start(t, "waits", w)
			w.Close()
			began := time.Now()
			if sig := signalOf(t, cmd, 60*time.Second); sig != syscall.SIGABRT {
				t.Errorf("ended by %v, want SIGABRT", sig)
			}
			if took := time.Since(began); took > c.most {
				t.Errorf("ended after %v", took)
			}
		})
	}
}

// A process that was stopped is not wedged, for however long it was.
func TestStoppedProcessIsNotWedged(t *testing.T) {
	t.Parallel()
	cmd, stdin := start(t, "answers", nil)
	for _, pause := range []time.Duration{2500 * time.Millisecond, 1200 * time.Millisecond} {
		cmd.Process.Signal(syscall.SIGSTOP)
		<-time.After(pause)
		cmd.Process.Signal(syscall.SIGCONT)
		<-time.After(700 * time.Millisecond)
	}
	stdin.Close()
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v, want a clean end", err)
	}
}
