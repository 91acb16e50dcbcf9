package platform

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// leased is a program that execve(2) hangs in front of, as it does on a dying
// card: somebody holds a write lease on it, fcntl(2), and does not answer.
// Closing the file lets all go on.
func leased(t *testing.T) (path string, lease *os.File) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho came through\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	lease, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lease.Close() })
	if _, err := unix.FcntlInt(lease.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Skipf("no leases on this file system: %v", err)
	}
	return path, lease
}

// The collector stops all goroutines. A thread in a fork that waits for
// execve would stop for nobody: with syscall.ForkExec this test ends by its
// time limit.
func TestForkHungInExecveStopsNobody(t *testing.T) {
	path, lease := leased(t)
	hung := fork(t, []string{path}, []string{"x"}, nil)
	runtime.GC()
	if status, _, call, errno := fork(t, []string{"/bin/true", "/usr/bin/true"}, []string{"true"}, nil).end(t); status != 0 || call != "" {
		t.Errorf("the next one: %d, %s %v", status, call, errno)
	}
	if closes(t) {
		// Its copies of our descriptors are gone although it hangs.
		r, w := pipe(t)
		second := fork(t, []string{path}, []string{"x"}, nil)
		w.Close()
		if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("read of a pipe that a hung child had: %d, %v", n, err)
		}
		defer second.end(t)
	}
	var status unix.WaitStatus
	if pid, err := unix.Wait4(int(hung.pid), &status, unix.WNOHANG, nil); pid != 0 || err != nil {
		t.Errorf("it does not hang: wait4 %d, %v, %v", pid, err, status)
	}
	lease.Close()
	if status, out, call, errno := hung.end(t); status != 0 || out != "came through\n" {
		t.Errorf("after the hang: %d, %q, %s %v", status, out, call, errno)
	}
}

func closes(t *testing.T) bool {
	err := unix.CloseRange(1<<30, 1<<30, 0)
	if err != nil {
		t.Logf("close_range: %v", err)
	}
	return err == nil
}
