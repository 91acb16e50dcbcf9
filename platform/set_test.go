package platform

import (
	"errors"
	"os"
	"os/exec"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func bell(t *testing.T) *Doorbell {
	t.Helper()
	d, err := NewDoorbell()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func newSet(t *testing.T) *Set {
	t.Helper()
	s, err := NewSet()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// More members are ready than one look can tell of: they come again until they
// are taken out, whoever is not ready does not come.
func TestSetTellsEverybody(t *testing.T) {
	s := newSet(t)
	const members = 3*pollEvents + 7
	fds := make([]int, members)
	for i := range members {
		d := bell(t)
		fds[i] = d.FD()
		if err := s.Add(d.FD(), 1<<31+uint32(i)); err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			d.Ring()
		}
	}
	met := map[uint32]bool{}
	for full := true; full; {
		var n int
		n, full = s.Poll()
		for i := range n {
			token := s.Token(i)
			if met[token] || token%2 != 0 {
				t.Fatalf("token %#x is not ready, or was taken out", token)
			}
			met[token] = true
			if err := s.Del(fds[token-1<<31]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(met) != (members+1)/2 {
		t.Errorf("%d members told, expected %d", len(met), (members+1)/2)
	}
	if n, _ := s.Poll(); n != 0 {
		t.Errorf("%d members are ready after all were taken out", n)
	}
}

// A set inside the poller wakes the goroutine that is parked on it, again and
// again, also when a look was cut short before.
func TestSetWakesAPoller(t *testing.T) {
	p, err := NewPoller()
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	s := newSet(t)
	if err := p.Add(s.FD(), unix.EPOLLIN, 77); err != nil {
		t.Fatal(err)
	}
	d := bell(t)
	if err := s.Add(d.FD(), 5); err != nil {
		t.Fatal(err)
	}
	heard, done := make(chan uint32), make(chan error, 1)
	left := 100
	go func() {
		done <- p.Run(func() (bool, bool) {
			n, _ := p.Poll()
			for i := range n {
				token, _ := p.Event(i)
				if m, _ := s.Poll(); token == 77 && m == 1 {
					d.Answer()
					left--
					heard <- s.Token(0)
				}
			}
			return true, left == 0
		})
	}()
	for range 100 {
		d.Ring()
		select {
		case token := <-heard:
			if token != 5 {
				t.Fatalf("token %d, expected 5", token)
			}
		case <-time.After(5 * time.Second):
			t.Fatal("the poller was not woken")
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestSetErrorsKeepErrno(t *testing.T) {
	s := newSet(t)
	if err := s.Del(s.FD() + 1000); !errors.Is(err, unix.EBADF) {
		t.Errorf("Del of what is not open: %v, expected EBADF", err)
	}
	d := bell(t)
	if err := errors.Join(s.Add(d.FD(), 1), s.Add(d.FD(), 1)); !errors.Is(err, unix.EEXIST) {
		t.Errorf("Add twice: %v, expected EEXIST", err)
	}
}

// A pidfd stays with its process: alive, ended but not reaped, reaped.
func TestPidfd(t *testing.T) {
	cmd := exec.Command("/bin/sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := uint32(cmd.Process.Pid)
	fd, e := OpenPidfd(pid)
	if e == unix.ENOSYS || e == unix.EPERM {
		t.Skipf("LOUD SKIP: this kernel has no pidfd_open: %v", e)
	}
	if e != 0 {
		t.Fatal(e)
	}
	defer unix.Close(int(fd))
	if PidfdEnded(fd) {
		t.Error("ended, though it sleeps")
	}
	if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("flags %#x, %v: not close-on-exec", flags, err)
	}
	cmd.Process.Kill()
	for deadline := time.Now().Add(10 * time.Second); !PidfdEnded(fd); {
		if time.Now().After(deadline) {
			t.Fatal("does not end")
		}
	}
	cmd.Wait()
	if !PidfdEnded(fd) {
		t.Error("runs again, now that it is reaped")
	}
	if _, e := OpenPidfd(pid); e != unix.ESRCH && e != unix.EINVAL {
		t.Errorf("a second pidfd of the reaped process: %v, expected ESRCH", e)
	}
}

func TestSetAndPidfdAllocateNothing(t *testing.T) {
	s := newSet(t)
	self := uint32(os.Getpid())
	fd, e := OpenPidfd(self)
	if e != 0 {
		t.Skipf("LOUD SKIP: this kernel has no pidfd_open: %v", e)
	}
	unix.Close(int(fd))
	if got := testing.AllocsPerRun(100, func() {
		fd, _ := OpenPidfd(self)
		s.Add(int(fd), 1)
		s.Poll()
		PidfdEnded(fd)
		s.Del(int(fd))
		unix.Close(int(fd))
	}); got != 0 {
		t.Errorf("%v allocations a run", got)
	}
}
