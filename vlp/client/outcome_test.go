package client

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

func sprintf(format string, a ...any) string { return fmt.Sprintf(format, a...) }

// TestErrnos pins the sorting of the clients of other languages.
func TestErrnos(t *testing.T) {
	for e, w := range map[syscall.Errno]Result{
		0: Sent, syscall.EAGAIN: QueueFull, syscall.ENOBUFS: QueueFull, syscall.ECONNREFUSED: NoObserver,
		syscall.ENOENT: NoObserver, syscall.ECONNRESET: PeerGone, syscall.ENOTCONN: PeerGone, syscall.EPIPE: PeerGone,
		syscall.ENOSPC: StorageFull, syscall.EPERM: Failed, syscall.EACCES: Failed, syscall.EMSGSIZE: Failed,
	} {
		o := errno(e)
		if o.Result != w || o.Sent() != (w == Sent) || o.Dropped() != (w != Sent && w != Failed) || (o.Err == nil) != (e == 0) {
			t.Errorf("%v: %v", e, o)
		}
	}
	for _, c := range []struct {
		o    Outcome
		want string
	}{
		{Outcome{}, "sent"},
		{errno(syscall.EAGAIN), "dropped: kernel queue full (resource temporarily unavailable)"},
		{errno(syscall.ENOENT), "dropped: no observer (no such file or directory)"},
		{errno(syscall.EPIPE), "dropped: peer gone (broken pipe)"},
		{errno(syscall.ENOSPC), "dropped: storage full (no space left on device)"},
		{errno(syscall.EPERM), "failed (operation not permitted)"},
		{outcomeOf(io.ErrClosedPipe), "dropped: peer gone (io: read/write on closed pipe)"},
		{Outcome{Result: 77}, "result 77"},
	} {
		if got := c.o.String(); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

// A full queue: the beat is dropped, its nonce is not, and nobody waits.
func TestQueueFull(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path)
	sent := uint64(0)
	for ; c.Beat(OK, 0).Sent(); sent++ {
	}
	if sent == 0 || c.Stats().Reconnects != 0 {
		t.Fatalf("%d sent before the queue was full, %+v", sent, c.Stats())
	}
	want(t, c.Beat(OK, 0), QueueFull, syscall.EAGAIN)
	for n := range sent {
		if f := l.frame(); f.Nonce != n+1 {
			t.Fatalf("nonce %d, want %d", f.Nonce, n+1)
		}
	}
	want(t, c.Beat(OK, 0), Sent, nil)
	if f := l.frame(); f.Nonce != sent+1 {
		t.Errorf("nonce %d after the queue was full, want %d", f.Nonce, sent+1)
	}
}

// An observer that hangs has been replaced at the same path: its queue is full
// for ever, and after some beats the client finds the other.
func TestHungObserverIsReplaced(t *testing.T) {
	old := listen(t, socketPath(t))
	c := dial(t, old.path, ReconnectAfter(3))
	n := uint64(1)
	for ; c.Beat(OK, 0).Sent(); n++ {
	}
	if err := os.Remove(old.path); err != nil {
		t.Fatal(err)
	}
	fresh := listen(t, old.path)
	want(t, c.Beat(OK, 0), QueueFull, syscall.EAGAIN)
	want(t, c.Beat(OK, 0), Sent, nil) // the third in a row
	if f := fresh.frame(); f.Nonce != n {
		t.Errorf("nonce %d, want %d", f.Nonce, n)
	}
}

// While the path is gone the queue of the one who is there is all there is.
func TestPathRemoved(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path, ReconnectAfter(1))
	n := uint64(0)
	for ; c.Beat(OK, 0).Sent(); n++ {
		if n == 0 {
			os.Remove(l.path)
		}
	}
	want(t, c.Beat(OK, 0), NoObserver, syscall.ENOENT)
	for range n {
		l.frame()
	}
	want(t, c.Beat(OK, 0), Sent, nil)
}

func TestObserverComesAndGoes(t *testing.T) {
	path := socketPath(t)
	c := dial(t, path)
	want(t, c.Beat(OK, 0), NoObserver, syscall.ENOENT)
	for round := range uint64(3) {
		l := listen(t, path)
		want(t, c.Beat(OK, 0), Sent, nil)
		if f := l.frame(); f.Nonce != round+1 {
			t.Errorf("nonce %d, want %d", f.Nonce, round+1)
		}
		// As SIGKILL leaves it: the file is there and nobody behind it.
		l.Close()
		want(t, c.Beat(OK, 0), NoObserver, syscall.ECONNREFUSED)
		want(t, c.Beat(OK, 0), NoObserver, syscall.ECONNREFUSED)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		want(t, c.Beat(OK, 0), NoObserver, syscall.ENOENT)
	}
	if got := c.Stats(); got != (Stats{Sent: 3, Dropped: 10, Reconnects: 3}) {
		t.Errorf("%+v", got)
	}
}

func TestReconnectByHand(t *testing.T) {
	path := socketPath(t)
	c := dial(t, path, ReconnectAfter(0))
	want(t, c.Reconnect(), NoObserver, syscall.ENOENT)
	l := listen(t, path)
	want(t, c.Beat(OK, 0), PeerGone, syscall.ENOTCONN)
	want(t, c.Reconnect(), Sent, nil)
	want(t, c.Beat(OK, 0), Sent, nil)
	l.frame()
}

// No file of ours: a stream socket at the path, and a file.
func TestNotASocketOfOurs(t *testing.T) {
	path := socketPath(t)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := dial(t, path)
	want(t, c.Beat(OK, 0), NoObserver, syscall.ECONNREFUSED)
}

// TestOneCallABeat counts system calls: one write, and no other.
func TestOneCallABeat(t *testing.T) {
	if path := os.Getenv("VLP_CLIENT_TEST_BEAT"); path != "" {
		c := dial(t, path)
		for range 5 {
			want(t, c.Beat(OK, 0), Sent, nil)
		}
		return
	}
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("SKIPPED: strace is not installed")
	}
	l := listen(t, socketPath(t))
	out := filepath.Join(t.TempDir(), "trace")
	child := exec.Command(strace, "-f", "-o", out, "-e", "trace=network,write,getpid", os.Args[0], "-test.run=^TestOneCallABeat$")
	child.Env = append(os.Environ(), "VLP_CLIENT_TEST_BEAT="+l.path)
	if said, err := child.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: strace: %v: %s", err, said)
	}
	trace, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if calls, sends := beatCalls(string(trace)); sends != 5 || calls != 5 {
		t.Errorf("five beats are %d calls, %d of them of 32 bytes:\n%s", calls, sends, trace)
	}
}

// Restarted between two beats: not one is lost.
func TestRestartBetweenBeats(t *testing.T) {
	path := socketPath(t)
	l := listen(t, path)
	c := dial(t, path)
	for n := range uint64(3) {
		l.Close()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		l = listen(t, path)
		want(t, c.Beat(OK, 0), Sent, nil)
		if f := l.frame(); f.Nonce != n+1 {
			t.Errorf("nonce %d, want %d", f.Nonce, n+1)
		}
	}
}

// Only beats in a row count: a queue that is full now and then is no reason to
// connect again.
func TestDropsThatAreNotInARow(t *testing.T) {
	l := listen(t, socketPath(t))
	c := dial(t, l.path, ReconnectAfter(3))
	for c.Beat(OK, 0).Sent() {
	}
	for range 4 {
		want(t, c.Beat(OK, 0), QueueFull, syscall.EAGAIN) // with the one that ended the loop before: two
		l.frame()
		want(t, c.Beat(OK, 0), Sent, nil)
		want(t, c.Beat(OK, 0), QueueFull, syscall.EAGAIN)
	}
	if got := c.Stats(); got.Reconnects != 0 {
		t.Errorf("%+v", got)
	}
}
