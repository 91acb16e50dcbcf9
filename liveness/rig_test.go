package liveness

import (
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// systemd is the receiving end of a notify socket.
type systemd struct {
	t    *testing.T
	name string
	conn *net.UnixConn
}

func newSystemd(t *testing.T, name string) *systemd {
	t.Helper()
	if name == "" {
		name = filepath.Join(t.TempDir(), "notify")
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &systemd{t: t, name: name, conn: conn}
}

// next is the next message; "" if none comes within the time.
func (s *systemd) next(within time.Duration) string {
	s.t.Helper()
	var buf [4096]byte
	s.conn.SetReadDeadline(time.Now().Add(within))
	n, err := s.conn.Read(buf[:])
	if err != nil {
		return ""
	}
	return string(buf[:n])
}

// want reads the next message, which must be this one.
func (s *systemd) want(message string) {
	s.t.Helper()
	if got := s.next(5 * time.Second); got != message {
		s.t.Fatalf("message %q, want %q", got, message)
	}
}

// said collects what people are told.
type said struct {
	mu    sync.Mutex
	lines []string
}

func (s *said) say(l Level, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, [...]string{"info: ", "warn: ", "error: "}[l]+text)
}

func (s *said) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// theLoop turns when it is rung, as the observer's does.
type theLoop struct {
	rings chan struct{}
	stop  chan struct{}
	done  chan struct{}
	deaf  chan bool // true: it hears nothing more; false: again
	turns int       // read after end
}

func newLoop() *theLoop {
	return &theLoop{rings: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}), deaf: make(chan bool)}
}

func (l *theLoop) ring() {
	select {
	case l.rings <- struct{}{}:
	default:
	}
}

func (l *theLoop) run(k *Keeper) {
	defer close(l.done)
	clock, deaf := monotonic(), false
	for turn := uint64(1); ; {
		if !deaf {
			k.Answer(turn, clock())
			l.turns++
			turn++
		}
		select {
		case <-l.rings:
		case deaf = <-l.deaf:
		case <-l.stop:
			return
		}
	}
}

func (l *theLoop) end() {
	close(l.stop)
	<-l.done
}

// eventually waits for a condition that something outside brings about.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !cond(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}
