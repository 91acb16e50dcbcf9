package intake

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// place makes what the bind table says stands at path, and returns a check
// that it is still there and alive.
type place func(t *testing.T, path string) (untouched func() bool)

// socketAt binds a socket there; a stale one is closed again.
func socketAt(kind int, listening, stale bool) place {
	return func(t *testing.T, path string) func() bool {
		fd, err := unix.Socket(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
			t.Fatal(err)
		}
		if listening {
			if err := unix.Listen(fd, 1); err != nil {
				t.Fatal(err)
			}
		}
		id := mustStat(t, path)
		if stale {
			unix.Close(fd)
			return func() bool { return mustStat(t, path) == id }
		}
		t.Cleanup(func() { unix.Close(fd) })
		return func() bool {
			if !listening {
				return mustStat(t, path) == id
			}
			c, err := unix.Socket(unix.AF_UNIX, kind|unix.SOCK_CLOEXEC, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer unix.Close(c)
			return unix.Connect(c, &unix.SockaddrUnix{Name: path}) == nil
		}
	}
}

func mustStat(t *testing.T, path string) fileID {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil {
		t.Fatalf("lstat %s: %v", path, err)
	}
	return idOf(&st)
}

// made wraps a function that makes a file at path.
func made(f func(path string) error) place {
	return func(t *testing.T, path string) func() bool {
		if err := f(path); err != nil {
			t.Fatal(err)
		}
		id := mustStat(t, path)
		return func() bool { return mustStat(t, path) == id }
	}
}

// foreign leaves a stale socket of another user.
func foreign(t *testing.T, path string) func() bool {
	needRoot(t)
	same := socketAt(unix.SOCK_DGRAM, false, true)(t, path)
	if err := os.Chown(path, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return same
}

// busy binds a datagram socket that is connected, so that no one else may.
func busy(t *testing.T, path string) func() bool {
	socketAt(unix.SOCK_DGRAM, false, false)(t, path+"peer")
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path + "peer"}); err != nil {
		t.Fatal(err)
	}
	id := mustStat(t, path)
	return func() bool { return mustStat(t, path) == id }
}
