package client

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vlpd/vlp"
)

// panics runs f with the hook, and returns what came out of it.
func panics(c *Client, f func()) (v any) {
	defer func() { v = recover() }()
	func() {
		defer c.OnPanic()
		f()
	}()
	return nil
}

func TestOnPanic(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	if v := panics(c, func() {}); v != nil {
		t.Error(v)
	}
	if _, ok := l.next(); ok {
		t.Error("a function that returned is told of")
	}
	want(t, c.Beat(OK, 9), Sent, nil)
	l.frame()
	cause := errors.New("the value")
	if v := panics(c, func() { panic(cause) }); v != any(cause) {
		t.Errorf("the panic goes on with %v", v)
	}
	if f := l.frame(); f.Nonce != vlp.Terminal || f.Status != Critical || f.Payload != 0 || f.PID != uint32(os.Getpid()) {
		t.Errorf("%+v", f)
	}
	if _, ok := l.next(); ok {
		t.Error("a panic is told twice")
	}
	want(t, c.Beat(OK, 0), Sent, nil)
	if f := l.frame(); f.Nonce != 1 {
		t.Errorf("who lives on does so with nonce %d, want 1", f.Nonce)
	}
}

// Through two hooks a panic is told once; a later one is told again.
func TestNestedOnPanic(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	for range 2 {
		if v := panics(c, func() { defer c.OnPanic(); panic("x") }); v != "x" {
			t.Error(v)
		}
		l.frame()
		if _, ok := l.next(); ok {
			t.Error("told twice")
		}
		c.Beat(OK, 0)
		l.frame()
	}
}

// A panic frame that was not sent ends nothing: the nonce goes on.
func TestPanicUnsent(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	n := uint64(0)
	for ; c.Beat(OK, 0).Sent(); n++ {
	}
	panics(c, func() { panic("x") })
	for range n {
		l.frame()
	}
	want(t, c.Beat(OK, 0), Sent, nil)
	if f := l.frame(); f.Nonce != n+1 {
		t.Errorf("nonce %d, want %d", f.Nonce, n+1)
	}
}

func TestGoexitIsNoPanic(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	done := make(chan struct{})
	c.Go(func() {
		defer close(done)
		runtime.Goexit()
	})
	<-done
	if _, ok := l.next(); ok {
		t.Error("Goexit is told as a panic")
	}
}

// stuck is a writer that takes nothing until it is let go.
type stuck struct {
	once           sync.Once
	entered, leave chan struct{}
}

func (s *stuck) Write([]byte) (int, error) {
	s.once.Do(func() { close(s.entered) })
	<-s.leave
	return 0, io.ErrClosedPipe
}

// A line that takes nothing holds a panic up for a second, and no longer.
func TestPanicDoesNotWait(t *testing.T) {
	s := &stuck{entered: make(chan struct{}), leave: make(chan struct{})}
	c, err := NewWriter(s, 7)
	if err != nil {
		t.Fatal(err)
	}
	go c.Beat(OK, 0) // holds the client
	<-s.entered
	begin := time.Now()
	if v := panics(c, func() { panic("x") }); v != "x" {
		t.Error(v)
	}
	if took := time.Since(begin); took < panicPatience || took > 10*panicPatience {
		t.Errorf("the panic was held up for %v", took)
	}
	close(s.leave)
}

// TestPanicEndsTheProgram is a program that panics in a goroutine.
func TestPanicEndsTheProgram(t *testing.T) {
	if path := os.Getenv("VLP_CLIENT_TEST_PANIC"); path != "" {
		c := dial(t, path)
		c.Beat(OK, 0)
		c.Go(func() { panic("the end") })
		select {}
	}
	l := listen(t, socketPath(t))
	child := exec.Command(os.Args[0], "-test.run=^TestPanicEndsTheProgram$")
	child.Env = append(os.Environ(), "VLP_CLIENT_TEST_PANIC="+l.path)
	said, err := child.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).ExitStatus() != 2 {
		t.Errorf("%v, want exit code 2", err)
	}
	for _, w := range []string{"panic: the end", "TestPanicEndsTheProgram.func"} {
		if !strings.Contains(string(said), w) {
			t.Errorf("the program does not say %q:\n%s", w, said)
		}
	}
	l.frame()
	if f := l.frame(); f.Nonce != vlp.Terminal || f.PID != uint32(child.Process.Pid) {
		t.Errorf("%+v, want the terminal nonce of %d", f, child.Process.Pid)
	}
}
