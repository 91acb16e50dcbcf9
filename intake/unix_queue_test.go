package intake

import (
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// fill sends until the kernel refuses and returns how many it took. Several
// senders take part, since one is bounded by its own send buffer.
func fill(t testing.TB, u *Unix) (n int) {
	t.Helper()
	d := frame(os.Getpid(), 1)
	for range 8 {
		tx := dial(t, u.path)
		for {
			err := unix.Sendto(tx, d, unix.MSG_DONTWAIT, nil)
			if err == unix.EAGAIN {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
	}
	return n
}

// TestQueueLimit runs in a network namespace of its own, where the sysctl is
// the kernel's default and nobody else changes it.
func TestQueueLimit(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		inChild(t, "1", &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET})
		return
	}
	dir := socketDir(t)
	old := readQueue()
	for _, tc := range []struct {
		name          string
		want, limit   int
		raised, fills bool
	}{
		{"not asked", 0, old + 1, false, true},
		{"raised", 600, 601, true, true},
		{"long enough already", old, old + 1, true, true},
		{"never lowered", 1, old + 1, true, true},
	} {
		u := listen(t, UnixConfig{Path: dir + "/s", QueueLen: tc.want})
		if u.QueueLimit() != tc.limit || u.Raised() != tc.raised {
			t.Errorf("%s: limit %d, raised %v; expected %d, %v",
				tc.name, u.QueueLimit(), u.Raised(), tc.limit, tc.raised)
		}
		if n := fill(t, u); n != u.QueueLimit() {
			t.Errorf("%s: the kernel held %d datagrams, expected %d", tc.name, n, u.QueueLimit())
		}
		if now := readQueue(); now != old {
			t.Fatalf("%s: the sysctl was %d, is %d", tc.name, old, now)
		}
		u.Close()
	}
	manyStart(t, dir, old)
	lockHeld(t, dir, old)
}

// manyStart: observers that start together neither miss the raise nor restore
// each other's raised value.
func manyStart(t *testing.T, dir string, old int) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			u, err := ListenUnix(UnixConfig{Path: dir + "/m" + string(rune('a'+i)), QueueLen: 200 + i})
			if err != nil {
				t.Error(err)
				return
			}
			defer u.Close()
			if !u.Raised() || u.QueueLimit() < 201+i {
				t.Errorf("observer %d: limit %d", i, u.QueueLimit())
			}
		})
	}
	wg.Wait()
	if now := readQueue(); now != old {
		t.Errorf("the sysctl was %d, is %d", old, now)
	}
}

// lockHeld: whoever sits on the lock costs the raise, not the start.
func lockHeld(t *testing.T, dir string, old int) {
	fd, err := unix.Open(queueSysctl, unix.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if !lockFor(fd, time.Second) {
		t.Fatal("cannot take the lock")
	}
	u := listen(t, UnixConfig{Path: dir + "/l", QueueLen: 600})
	if u.Raised() || u.QueueLimit() != old+1 {
		t.Errorf("limit %d, raised %v although the lock was held", u.QueueLimit(), u.Raised())
	}
}

// TestQueueLimitNotPermitted: without the right to raise nothing changes, and
// what is reported is what the kernel does.
func TestQueueLimitNotPermitted(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		attr := asNobody()
		attr.Cloneflags = syscall.CLONE_NEWNET
		inChild(t, "1", attr)
		return
	}
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s", QueueLen: 600, RcvBuf: 1 << 30})
	if u.Raised() || u.QueueLimit() != readQueue()+1 {
		t.Errorf("limit %d, raised %v, sysctl %d", u.QueueLimit(), u.Raised(), readQueue())
	}
	if n := fill(t, u); n != u.QueueLimit() {
		t.Errorf("the kernel held %d datagrams, expected %d", n, u.QueueLimit())
	}
	if u.RcvBuf() >= 1<<30 || u.RcvBuf() == 0 {
		t.Errorf("receive buffer %d without the right to it", u.RcvBuf())
	}
}

func TestRcvBuf(t *testing.T) {
	dir := socketDir(t)
	plain := listen(t, UnixConfig{Path: dir + "/a"})
	if want, _ := unix.GetsockoptInt(plain.FD(), unix.SOL_SOCKET, unix.SO_RCVBUF); plain.RcvBuf() != want || want == 0 {
		t.Errorf("receive buffer %d, expected the kernel's default %d", plain.RcvBuf(), want)
	}
	asked := listen(t, UnixConfig{Path: dir + "/b", RcvBuf: 1 << 20})
	if os.Getuid() == 0 && asked.RcvBuf() != 2<<20 {
		t.Errorf("receive buffer %d, expected twice what was asked", asked.RcvBuf())
	}
	huge := listen(t, UnixConfig{Path: dir + "/c", RcvBuf: 64 << 20})
	if os.Getuid() == 0 && huge.RcvBuf() != 128<<20 {
		t.Errorf("receive buffer %d: SO_RCVBUFFORCE goes beyond rmem_max", huge.RcvBuf())
	}
}

func TestPIDMax(t *testing.T) {
	v := ReadPIDMax()
	if v < 300 || v > pidMaxFallback {
		t.Errorf("pid_max %d", v)
	}
	if _, ok := readIntFile("/proc/sys/kernel/no_such"); ok {
		t.Error("a number from a file that does not exist")
	}
	if _, ok := readIntFile("/proc/sys/kernel/ostype"); ok {
		t.Error("a number from a file that holds none")
	}
}
