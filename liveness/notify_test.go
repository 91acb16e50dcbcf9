package liveness

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestNotifyNames(t *testing.T) {
	dir := t.TempDir()
	long := dir + "/" + strings.Repeat("x", sunPath-1-len(dir)-1)
	abstract := "@" + strings.Repeat("a", sunPath-1-20) + filepath.Base(dir)
	abstract += strings.Repeat("z", sunPath-1-len(abstract))
	for _, name := range []string{"", long, abstract, "@vlpd-liveness-" + filepath.Base(filepath.Dir(dir))} {
		s := newSystemd(t, name)
		n, err := openNotifier(s.name)
		if err != nil {
			t.Fatalf("%q (%d bytes): %v", s.name, len(s.name), err)
		}
		if err := n.send(msgReady); err != nil {
			t.Errorf("%q: %v", s.name, err)
		}
		s.want("READY=1\n")
		if flags, err := unix.FcntlInt(uintptr(n.fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("close-on-exec: flags %#x, %v", flags, err)
		}
		n.close()
	}
}

func TestNotifyNamesThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		is   error
	}{
		{"", nil}, {"@", nil}, {"relative", nil}, {"vsock:2:1", nil},
		{"/" + strings.Repeat("x", sunPath-1), unix.ENAMETOOLONG}, {"@" + strings.Repeat("x", sunPath-1), unix.ENAMETOOLONG},
		{filepath.Join(dir, "none"), unix.ENOENT}, {plain, unix.ECONNREFUSED}, {"@vlpd-nobody-here", unix.ECONNREFUSED},
	} {
		n, err := openNotifier(c.name)
		if err == nil {
			n.close()
			t.Errorf("%.20q: no error", c.name)
		} else if c.is != nil && !errors.Is(err, c.is) {
			t.Errorf("%.20q: %v, want %v", c.name, err, c.is)
		}
	}
}

// fill has the receiver's queue so full that nothing more goes in.
func fill(t *testing.T, n *notifier) (messages int) {
	t.Helper()
	for ; messages < 1<<20; messages++ {
		if err := n.send([]byte("FILL=1\n")); err == unix.EAGAIN {
			return messages
		} else if err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the queue takes everything")
	return 0
}

func TestInsistWaitsForRoom(t *testing.T) {
	s := newSystemd(t, "")
	n, err := openNotifier(s.name)
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	messages := fill(t, n)
	if err := n.insist(msgStopping, 20*time.Millisecond); !errors.Is(err, unix.EAGAIN) {
		t.Fatalf("a full queue: %v, want EAGAIN", err)
	}
	result := make(chan error)
	go func() { result <- n.insist(msgStopping, 10*time.Second) }()
	select { // it has found the queue full by then
	case err := <-result:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(100 * time.Millisecond):
	}
	for range messages {
		s.want("FILL=1\n")
	}
	s.want("STOPPING=1\n")
	if err := <-result; err != nil {
		t.Error(err)
	}
}

func TestInsistConnectsAnew(t *testing.T) {
	s := newSystemd(t, "")
	n, err := openNotifier(s.name)
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	s.conn.Close()
	os.Remove(s.name)
	if err := n.insist(msgReady, time.Second); !errors.Is(err, unix.ENOENT) {
		t.Errorf("nobody there: %v, want ENOENT", err)
	}
	s = newSystemd(t, s.name)
	if err := n.insist(msgReady, time.Second); err != nil {
		t.Error(err)
	}
	s.want("READY=1\n")
}

func TestOwedAreSentInOrder(t *testing.T) {
	s := newSystemd(t, "")
	n, err := openNotifier(s.name)
	if err != nil {
		t.Fatal(err)
	}
	k := &Keeper{notify: n, o: Options{Say: func(Level, string) {}}}
	defer k.Close()
	messages := fill(t, n)
	k.Answer(1, 1000)
	k.Reloading()
	k.Reloaded()
	k.Status("two\nlines")
	if at := k.Deadline(); at != 1000+oweAgainNS {
		t.Fatalf("next try at %d, want %d", at, int64(1000+oweAgainNS))
	}
	k.Answer(2, k.Deadline()) // still full
	for range messages {
		s.want("FILL=1\n")
	}
	k.Answer(3, k.Deadline()-1)
	if m := s.next(10 * time.Millisecond); m != "" {
		t.Fatalf("sent too early: %q", m)
	}
	k.Answer(4, k.Deadline())
	if m := s.next(time.Second); !strings.HasPrefix(m, "RELOADING=1\nMONOTONIC_USEC=") {
		t.Errorf("first %q, want RELOADING=1", m)
	}
	s.want("READY=1\n")
	s.want("STATUS=two lines\n")
	if at := k.Deadline(); at != 0 {
		t.Errorf("nothing is owed, but the deadline is %d", at)
	}
}

func TestOwedIsGivenUp(t *testing.T) {
	s := newSystemd(t, "")
	n, err := openNotifier(s.name)
	if err != nil {
		t.Fatal(err)
	}
	var told said
	k := &Keeper{notify: n, o: Options{Say: told.say}}
	defer k.Close()
	fill(t, n)
	k.Reloaded()
	for i := range 2 * oweTries {
		k.Answer(uint64(i+1), k.Deadline())
	}
	if k.Deadline() != 0 || told.text() != "warn: sd_notify: sendto: resource temporarily unavailable" {
		t.Errorf("deadline %d, said %q", k.Deadline(), told.text())
	}
}

func TestReloadingTellsWhen(t *testing.T) {
	s := newSystemd(t, "")
	n, err := openNotifier(s.name)
	if err != nil {
		t.Fatal(err)
	}
	k := &Keeper{notify: n}
	defer k.Close()
	micros := func() int64 {
		var ts unix.Timespec
		unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
		return ts.Nano() / 1000
	}
	before := micros()
	k.Reloading()
	after := micros()
	m := s.next(time.Second)
	var at int64
	for _, c := range strings.TrimSuffix(strings.TrimPrefix(m, "RELOADING=1\nMONOTONIC_USEC="), "\n") {
		at = at*10 + int64(c-'0')
	}
	if at < before || at > after {
		t.Errorf("%q: moment %d, want %d to %d", m, at, before, after)
	}
	k.Reloaded()
	s.want("READY=1\n")
}
