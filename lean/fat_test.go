package lean

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestRenameOnFAT: it renames and replaces, returns errnos, and leaves no
// descriptor open. What it is for only a power cut shows (test/vm/powercut --fs vfat).
func TestRenameOnFAT(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	before := descriptors(t)
	for _, c := range []struct {
		what string
		err  error
	}{{"to a new name", nil}, {"to one that is there", nil}, {"refused", unix.EIO}} {
		if err := os.WriteFile(a, []byte(c.what), 0o600); err != nil {
			t.Fatal(err)
		}
		fd, err := unix.Open(a, unix.O_RDONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		err = RenameOnFAT(fd, b, func() error {
			if c.err != nil {
				return c.err
			}
			return unix.Rename(a, b)
		})
		unix.Close(fd)
		if err != c.err {
			t.Errorf("%s: %v, expected %v", c.what, err, c.err)
		}
		if text, _ := os.ReadFile(b); c.err == nil && string(text) != c.what {
			t.Errorf("%s: %q", c.what, text)
		}
	}
	if after := descriptors(t); after != before {
		t.Errorf("%d descriptors, expected %d", after, before)
	}
}

// TestTouch: the file has a new time, which makes it dirty.
func TestTouch(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var old, now unix.Stat_t
	if err := unix.UtimesNanoAt(unix.AT_FDCWD, name, []unix.Timespec{{Sec: 1}, {Sec: 1}}, 0); err != nil {
		t.Fatal(err)
	}
	unix.Fstat(int(f.Fd()), &old)
	Touch(int(f.Fd()))
	if unix.Fstat(int(f.Fd()), &now); now.Mtim == old.Mtim {
		t.Errorf("the time is still %v", now.Mtim)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(list)
}
