package trust

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// setLimit is for a process of its own.
func setLimit(t *testing.T, soft, hard uint64) {
	t.Helper()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: soft, Max: hard}); err != nil {
		t.Fatal(err)
	}
}

func TestRaiseNOFILE(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		inChild(t, nil)
		return
	}
	setLimit(t, 100, 200)
	for _, tt := range []struct{ want, soft uint64 }{
		{50, 100}, {100, 100}, {150, 150}, {120, 150}, {100_000, 200}, {100_000, 200},
	} {
		soft, err := RaiseNOFILE(tt.want)
		var l unix.Rlimit
		unix.Getrlimit(unix.RLIMIT_NOFILE, &l)
		if err != nil || soft != tt.soft || l.Cur != tt.soft || l.Max != 200 {
			t.Errorf("want %d: %d, %v; the limit is %d of %d; want %d of 200", tt.want, soft, err, l.Cur, l.Max, tt.soft)
		}
	}
}

// A flood of processes leaves the rest of the program its descriptors.
func TestFloodLeavesDescriptors(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		inChild(t, nil)
		return
	}
	needPidfd(t)
	setLimit(t, 100, 150)
	soft, err := RaiseNOFILE(100_000)
	if err != nil || soft != 150 {
		t.Fatalf("limit %d, %v; want 150", soft, err)
	}
	m := newMachine(t, Config{Capacity: 1000, Descriptors: int(soft) - Reserve})
	flood(t, m, 300)
	if m.Open() != 150-Reserve || m.Blind() != 300-m.Open() {
		t.Errorf("%d pidfds, %d blind; want %d of 300", m.Open(), m.Blind(), 150-Reserve)
	}
	for range Reserve - 20 { // some are open since start
		fd, err := unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatalf("the rest of the program: open: %v", err)
		}
		defer unix.Close(fd)
	}
}

// Nothing is left at all: the kernel says so, processes are blind until there
// is room again.
func TestDescriptorsRunOut(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		inChild(t, nil)
		return
	}
	needPidfd(t)
	setLimit(t, 100, 100)
	m := newMachine(t, Config{Capacity: 1000, Descriptors: 100_000})
	flood(t, m, 300)
	if m.Open() < 50 || m.Blind() != 300-m.Open() {
		t.Errorf("%d pidfds, %d blind", m.Open(), m.Blind())
	}
	if err := m.News(); err == nil || !strings.HasSuffix(err.Error(), "exits of those are not seen: pidfd_open: too many open files") {
		t.Errorf("news: %v", err)
	}
	open, self := m.Open(), uint32(os.Getpid())
	m.Forget(0, self)
	m.Turn()
	if got := m.Judge(m.clock()+recheckNS, 299, self, true); got != Known || m.Open() != open || m.Blind() != 299-open {
		t.Errorf("with room again: ruling %d, %d pidfds, %d blind", got, m.Open(), m.Blind())
	}
}

// flood is n agents; one process on many sockets is as good as many. Without
// room for another descriptor their start times cannot be read either.
func flood(t *testing.T, m *machine, n int) {
	t.Helper()
	for source := range uint16(n) {
		m.Turn()
		if got := m.Judge(m.clock(), source, uint32(os.Getpid()), true); got != First {
			t.Fatalf("agent %d: ruling %d, want First", source, got)
		}
	}
	for source := range uint16(n) {
		if got := m.Judge(m.clock(), source, uint32(os.Getpid()), true); got != Known && got != Pinned {
			t.Fatalf("agent %d again: ruling %d, want Known", source, got)
		}
	}
}
