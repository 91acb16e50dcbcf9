package client

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"vlpd/vlp"
)

// listener is a datagram socket in the observer's place.
type listener struct {
	t testing.TB
	*net.UnixConn
	path string
}

func listen(t testing.TB, path string) *listener {
	t.Helper()
	u, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Close() })
	return &listener{t, u, path}
}

// frame takes the next datagram, which must be there already: sending on a Unix
// socket is receiving.
func (l *listener) frame() (f vlp.Frame) {
	l.t.Helper()
	b, ok := l.next()
	if !ok {
		l.t.Fatal("no datagram arrived")
	}
	if len(b) != vlp.Size {
		l.t.Fatalf("%d bytes, want %d", len(b), vlp.Size)
	}
	if ft := vlp.Decode((*[vlp.Size]byte)(b), &f); ft != vlp.None {
		l.t.Fatalf("%x: %s", b, ft.Label())
	}
	return f
}

// next is the next datagram, if there is one.
func (l *listener) next() ([]byte, bool) {
	l.t.Helper()
	b := make([]byte, 256)
	var n int
	raw, err := l.SyscallConn()
	if err != nil {
		l.t.Fatal(err)
	}
	raw.Read(func(fd uintptr) bool {
		n, _, err = syscall.Recvfrom(int(fd), b, syscall.MSG_DONTWAIT)
		return true
	})
	if errors.Is(err, syscall.EAGAIN) {
		return nil, false
	}
	if err != nil {
		l.t.Fatal(err)
	}
	return b[:n], true
}

// dial connects to a path and tidies up.
func dial(t testing.TB, path string, options ...Option) *Client {
	t.Helper()
	c, err := Dial(path, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func socketPath(t testing.TB) string { return filepath.Join(t.TempDir(), "s") }

// want compares an outcome.
func want(t testing.TB, got Outcome, result Result, err error) {
	t.Helper()
	if got.Result != result || !errors.Is(got.Err, err) {
		t.Fatalf("%v, want %v (%v)", got, result, err)
	}
}

// serial is a writer that keeps what it got.
type serial struct {
	bytes.Buffer
	take int // bytes of the next Write; below 0: all
	err  error
}

func (s *serial) Write(p []byte) (int, error) {
	if s.take >= 0 && s.take < len(p) {
		p = p[:s.take]
	}
	s.Buffer.Write(p)
	return len(p), s.err
}

func fill(v byte) (k Key) {
	for i := range k {
		k[i] = v
	}
	return k
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// vectors reads a group of the golden vectors.
func vectors(t testing.TB, group string, into any) {
	t.Helper()
	all := map[string]json.RawMessage{}
	text, err := os.ReadFile("../testdata/vlp-vectors.json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err == nil {
		err = json.Unmarshal(all[group], into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what another goroutine or process brings about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); {
		if ok() {
			return
		}
	}
	t.Fatalf("%s: not within 10 s", what)
}
