package sink

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestOS: the errnos, and what a symbolic link, a folder and a pipe become.
func TestOS(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) Path {
		p, err := NewPath(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	check := func(what string, got, want error) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %v, expected %v", what, got, want)
		}
	}
	_, err := OS.OpenFile(path("none/ev"), true)
	check("open in no folder", err, unix.ENOENT)
	_, err = OS.OpenFile(path(""), true)
	check("open a folder", err, unix.EISDIR)
	check("rename nothing", OS.Rename(path("a"), path("b")), unix.ENOENT)
	check("unlink nothing", OS.Unlink(path("a")), unix.ENOENT)
	check("exists", OS.Exists(path("a")), unix.ENOENT)
	check("sync a folder", OS.SyncDir(path("")), nil)
	check("sync no folder", OS.SyncDir(path("none")), unix.ENOENT)
	if err := os.Symlink("target", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	f, err := OS.OpenFile(path("link"), true)
	check("open a link", err, nil)
	_, err = f.Write([]byte("x\n"))
	check("write", err, nil)
	check("the link's target exists", OS.Exists(path("target")), nil)
	check("rename", OS.Rename(path("target"), path("b")), nil)
	check("unlink", OS.Unlink(path("b")), nil)
	check("close", f.Close(), nil)
	check("mkfifo", unix.Mkfifo(filepath.Join(dir, "pipe"), 0o600), nil)
	f, err = OS.OpenFile(path("pipe"), true)
	check("open a pipe without waiting", err, nil)
	_, regular, err := f.Size()
	if check("size", err, nil); regular {
		t.Error("a pipe is no regular file")
	}
	f.Close()
	if f, err = OS.OpenFile(path("/dev/full"[1:]), false); err == nil {
		t.Errorf("opened %v", f)
	}
}

// TestFullDevice: the log runs on /dev/full and says so.
func TestFullDevice(t *testing.T) {
	o := realOptions(t)
	o.Path = "/dev/full"
	said := make(chan string, 100)
	o.Say = func(_ Level, text string) { said <- text }
	l := mustOpen(t, o)
	r := beat(1)
	l.Push(r.At, &r)
	err := l.Close(10 * time.Second)
	if text := <-said; text != "/dev/full: write: no space left on device" || !errors.Is(err, ErrUnstored) {
		t.Errorf("said %q, Close: %v", text, err)
	}
}

// TestSyncReadOnly: where a file system has become read-only a sync is none,
// whatever the kernel says.
func TestSyncReadOnly(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mounting a tmpfs: ", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	name := filepath.Join(dir, "ev")
	if err := os.WriteFile(name, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0) // with a writer it could not be remounted but by force
	if err != nil {
		t.Fatal(err)
	}
	f, folder := FileOf(fd, Path(name+"\x00")), Path(dir+"\x00")
	defer f.Close()
	for _, c := range []struct {
		flags uintptr
		want  error
	}{{0, nil}, {unix.MS_RDONLY, unix.EROFS}, {0, nil}} {
		if err := unix.Mount("", dir, "", unix.MS_REMOUNT|c.flags, ""); err != nil {
			t.Fatal(err)
		}
		if err := f.Fdatasync(); err != c.want {
			t.Errorf("flags %#x: Fdatasync: %v, expected %v", c.flags, err, c.want)
		}
		if err := OS.SyncDir(folder); err != c.want {
			t.Errorf("flags %#x: SyncDir: %v, expected %v", c.flags, err, c.want)
		}
	}
}
