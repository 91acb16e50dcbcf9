package intake

import (
	"os"
	"sync/atomic"
	"testing"

	"golang.org/x/sys/unix"
)

func fileMode(t *testing.T, path string) uint32 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Mode & 0o7777
}

func TestModeIgnoresUmask(t *testing.T) {
	path := socketDir(t) + "/s"
	for _, umask := range []int{0o000, 0o022, 0o077, 0o777} {
		for _, mode := range []uint32{0o600, 0o660, 0o666, 0o777, 0o000} {
			old := unix.Umask(umask)
			u, err := ListenUnix(UnixConfig{Path: path, Mode: mode})
			kept := unix.Umask(old)
			if err != nil {
				t.Fatal(err)
			}
			if got := fileMode(t, path); got != mode {
				t.Errorf("umask %03o: mode %03o, expected %03o", umask, got, mode)
			}
			if kept != umask {
				t.Errorf("the umask was %03o, is %03o", umask, kept)
			}
			u.Close()
		}
	}
}

// TestModeIsNeverWider looks at the file all the time while it is made.
func TestModeIsNeverWider(t *testing.T) {
	path := socketDir(t) + "/s"
	defer unix.Umask(unix.Umask(0))
	var stop atomic.Bool
	var seen, wide atomic.Uint32
	done := make(chan struct{})
	go func() {
		defer close(done)
		var st unix.Stat_t
		for !stop.Load() {
			if unix.Lstat(path, &st) == nil {
				seen.Add(1)
				wide.Store(wide.Load() | st.Mode&0o7777&^0o640)
			}
		}
	}()
	for i := 0; i < 20000 && (i < 300 || seen.Load() < 100); i++ {
		u, err := ListenUnix(UnixConfig{Path: path, Mode: 0o640})
		if err != nil {
			t.Fatal(err)
		}
		u.Close()
	}
	stop.Store(true)
	<-done
	if seen.Load() == 0 {
		t.Fatal("the file was never seen")
	}
	if wide.Load() != 0 {
		t.Errorf("bits %03o were set for a while, expected none beyond 640", wide.Load())
	}
}

func TestCloseRemovesOurFileOnly(t *testing.T) {
	exists := func(path string) bool { return unix.Lstat(path, new(unix.Stat_t)) == nil }
	for _, tc := range []struct {
		name   string
		meddle func(path string) error
		left   bool
	}{
		{"untouched", func(string) error { return nil }, false},
		{"removed by someone", os.Remove, false},
		{"moved away", func(p string) error { return os.Rename(p, p+"2") }, false},
		{"replaced by a file", func(p string) error { os.Remove(p); return os.WriteFile(p, nil, 0o600) }, true},
		{"replaced by a socket", func(p string) error {
			os.Remove(p)
			fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
			if err != nil {
				return err
			}
			defer unix.Close(fd)
			return unix.Bind(fd, &unix.SockaddrUnix{Name: p})
		}, true},
	} {
		u := listen(t, UnixConfig{Path: socketDir(t) + "/s"})
		if err := tc.meddle(u.path); err != nil {
			t.Fatal(err)
		}
		fd := u.FD()
		if err := u.Close(); err != nil {
			t.Errorf("%s: Close: %v", tc.name, err)
		}
		if exists(u.path) != tc.left {
			t.Errorf("%s: a file is there afterwards: %v, expected %v", tc.name, !tc.left, tc.left)
		}
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != unix.EBADF {
			t.Errorf("%s: the socket is still open: %v", tc.name, err)
		}
		if err := u.Close(); err != nil {
			t.Errorf("%s: second Close: %v", tc.name, err)
		}
	}
}

// TestFailedListenLeavesNothing: neither file nor descriptor.
func TestFailedListenLeavesNothing(t *testing.T) {
	dir := socketDir(t)
	before := openDescriptors(t)
	for range 3 {
		if _, err := ListenUnix(UnixConfig{Path: dir + "/no/s", Mode: 0o600, QueueLen: 64}); err == nil {
			t.Fatal("bound in a directory that does not exist")
		}
	}
	if after := openDescriptors(t); after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func TestRelativePath(t *testing.T) {
	t.Chdir(socketDir(t))
	u := listen(t, UnixConfig{Path: "s"})
	if err := u.DirSyncErr(); err != nil {
		t.Errorf("sync of the current directory: %v", err)
	}
	checkError(t, syncParent("nowhere/s"), "directory nowhere: open: no such file or directory", unix.ENOENT)
	if err := syncParent("/s"); err != nil {
		t.Errorf("sync of the root directory: %v", err)
	}
}
