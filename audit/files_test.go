package audit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/secret"
	"vlpd/sink"
)

// TestOpenRefuses: what others could read or replace is no audit log, and is
// left as it is.
func TestOpenRefuses(t *testing.T) {
	mode := func(m os.FileMode) func(string) error {
		return func(p string) error {
			if err := os.WriteFile(p, []byte("x\n"), 0o600); err != nil {
				return err
			}
			return os.Chmod(p, m)
		}
	}
	for _, c := range []struct {
		name string
		make func(path string) error
		is   error
		says string
	}{
		{"symlink", func(p string) error { return os.Symlink("target", p) }, secret.ErrSymlink, "must not be a symlink"},
		{"symlink to a file", func(p string) error {
			return errors.Join(os.WriteFile(p+"x", nil, 0o600), os.Symlink(p+"x", p))
		}, secret.ErrSymlink, "must not be a symlink"},
		{"pipe", func(p string) error { return unix.Mkfifo(p, 0o600) }, secret.ErrNotRegular, "must be a regular file"},
		{"folder", func(p string) error { return os.Mkdir(p, 0o700) }, unix.EISDIR, "open: is a directory"},
		{"group may read", mode(0o640), secret.ErrPermissions, "insecure permissions 640 (must be 0600 or stricter)"},
		{"others may write", mode(0o602), secret.ErrPermissions, "insecure permissions 602 (must be 0600 or stricter)"},
		{"others may execute", mode(0o601), secret.ErrPermissions, "insecure permissions 601 (must be 0600 or stricter)"},
		{"sticky", mode(0o660 | os.ModeSetuid), secret.ErrPermissions, "insecure permissions 4660 (must be 0600 or stricter)"},
		{"no folder", func(p string) error { return os.Remove(filepath.Dir(p)) }, unix.ENOENT, "open: no such file or directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := realOptions(t)
			if err := c.make(o.Path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.Lstat(o.Path)
			_, err := Open(o)
			if !errors.Is(err, c.is) || err.Error() != o.Path+": "+c.says {
				t.Errorf("%v", err)
			}
			after, _ := os.Lstat(o.Path)
			if before != nil && (after.Size() != before.Size() || after.Mode() != before.Mode()) {
				t.Error("it was changed")
			}
		})
	}
}

func TestOwner(t *testing.T) {
	if os.Getuid() != 0 {
		return
	}
	o := realOptions(t)
	if err := errors.Join(os.WriteFile(o.Path, nil, 0o600), os.Chown(o.Path, 4711, -1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(o); !errors.Is(err, secret.ErrOwner) || !strings.HasSuffix(err.Error(), ": owned by uid 4711, expected uid 0") {
		t.Errorf("%v", err)
	}
}

// TestLongName: a name that no generation can have is refused.
func TestLongName(t *testing.T) {
	o := realOptions(t)
	o.Path = filepath.Join(filepath.Dir(o.Path), strings.Repeat("a", 255))
	if _, err := Open(o); !errors.Is(err, unix.ENAMETOOLONG) || !strings.Contains(err.Error(), "a.5: faccessat: ") {
		t.Error(err)
	}
}

// TestModes: all files are 0600, whatever the umask allows.
func TestModes(t *testing.T) {
	old := unix.Umask(0)
	defer unix.Umask(old)
	o := realOptions(t)
	o.MaxBytes = 4096
	l := mustOpen(t, o)
	for range 100 {
		l.Refused(Agent{ID: 5}, Debounced)
	}
	if err := l.Close(30 * time.Second); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{o.Path, o.Path + ".1", o.Path + ".2"} {
		if info, err := os.Stat(p); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", p, info, err)
		}
	}
	if totals := mustVerify(t, Query{Paths: []string{o.Path}}); totals.Files < 3 || totals.Records != l.stats.Synced.Load() {
		t.Errorf("%+v", totals)
	}
}

// TestSecondWriter: there is one at a time, also over a rotation.
func TestSecondWriter(t *testing.T) {
	o := realOptions(t)
	o.MaxBytes = 4096
	l := mustOpen(t, o)
	second := o
	if _, err := Open(second); !errors.Is(err, ErrLocked) {
		t.Errorf("the second one: %v", err)
	}
	for range 50 {
		l.Refused(Agent{ID: 5}, Debounced)
	}
	until(t, "a rotation", func() bool { return l.stats.Rotations.Load() > 0 })
	if _, err := Open(second); !errors.Is(err, ErrLocked) {
		t.Errorf("after a rotation: %v", err)
	}
	if err := l.Close(30 * time.Second); err != nil {
		t.Fatal(err)
	}
	if err := mustOpen(t, second).Close(30 * time.Second); err != nil {
		t.Errorf("once it is free: %v", err)
	}
	mustVerify(t, Query{Paths: []string{o.Path}})
}

// TestOS: errnos of what package sink does not do already.
func TestOS(t *testing.T) {
	p, err := sink.NewPath(filepath.Join(t.TempDir(), "a"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OS.OpenFile(p, false); err != unix.ENOENT {
		t.Errorf("open nothing: %v", err)
	}
	f, err := OS.OpenFile(p, true)
	if err != nil {
		t.Fatal(err)
	}
	n, err := f.Write([]byte("twelve bytes"))
	size, regular, err2 := f.Size()
	if n != 12 || size != 12 || !regular || errors.Join(err, err2, f.Truncate(6), f.Fdatasync()) != nil {
		t.Errorf("%d written, size %d, %v, %v, %v", n, size, regular, err, err2)
	}
	var b [12]byte
	if n, err := f.ReadAt(b[:], 2); n != 4 || err != nil || string(b[:n]) != "elve" {
		t.Errorf("%q, %v", b[:n], err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if f.Fdatasync() != unix.EBADF {
		t.Error("still open")
	}
}
