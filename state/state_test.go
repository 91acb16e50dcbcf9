package state

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/secret"
)

// TestCutAtEachStep: the old content or the new one, and the new one from the
// moment that Save has returned.
func TestCutAtEachStep(t *testing.T) {
	for cut := 0; ; cut++ {
		m := &medium{cut: 1 << 30, err: errCut, files: map[string]*inode{}, disk: map[string]*inode{}}
		s := NewStore(m, "/d")
		if err := s.Save(s.Name("x"), []byte("old")); err != nil {
			t.Fatal(err)
		}
		m.cut = cut
		err := s.Save(s.Name("x"), []byte("new content"))
		for _, early := range []bool{false, true} {
			dir := t.TempDir()
			m.after(t, dir, early)
			real := NewStore(OS(), dir)
			got, e := real.Load(real.Name("x"), 100)
			if e != nil || string(got) != "old" && string(got) != "new content" || err == nil && string(got) != "new content" {
				t.Errorf("cut before step %d, early %v: %q, %v; Save said %v", cut, early, got, e, err)
			}
			if e := real.Save(real.Name("x"), []byte("later")); e != nil {
				t.Errorf("cut before step %d: the next save: %v", cut, e)
			}
		}
		if err == nil {
			if cut != 6 {
				t.Errorf("a save has %d steps, expected 6", cut)
			}
			return
		}
	}
}

// What fails is named, keeps its errno, and leaves the content as it was.
func TestErrors(t *testing.T) {
	for cut, want := range []string{"open /d/x.tmp", "write", "write", "fdatasync", "rename", "fsync /d"} {
		m := &medium{cut: cut, err: unix.ENOSPC, files: map[string]*inode{}, disk: map[string]*inode{}}
		s := NewStore(m, "/d")
		err := s.Save(s.Name("x"), []byte("new"))
		if !errors.Is(err, unix.ENOSPC) || !strings.Contains(err.Error(), want) {
			t.Errorf("step %d: %v, want %s", cut, err, want)
		}
	}
}

// stingy takes half of what is written, and says so without an error.
type stingy struct{ *medium }

type stingyFile struct{ File }

func (m stingy) Create(path string) (File, error) {
	f, err := m.medium.Create(path)
	return stingyFile{f}, err
}

func (f stingyFile) Write(p []byte) (int, error) { return f.File.Write(p[:len(p)/2]) }

func TestShortWrite(t *testing.T) {
	m := &medium{cut: 99, files: map[string]*inode{}, disk: map[string]*inode{}}
	s := NewStore(stingy{m}, "/d")
	if err := s.Save(s.Name("x"), []byte("new")); err == nil || !strings.Contains(err.Error(), "write: 18 bytes taken of 36") {
		t.Errorf("%v", err)
	}
	if len(m.disk) != 0 {
		t.Error("half a file has the name")
	}
}

func TestSaveAndLoad(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(OS(), dir)
	if b, err := s.Load(s.Name("x"), 10); b != nil || err != nil {
		t.Errorf("%q, %v of a file that is not there", b, err)
	}
	// What a save that was cut short has left, and even a link in its place.
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "x.tmp")); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"first", "", "a longer one than the first"} {
		if err := s.Save(s.Name("x"), []byte(text)); err != nil {
			t.Fatal(err)
		}
		b, err := s.Load(s.Name("x"), 100)
		if err != nil || string(b) != text {
			t.Errorf("%q, %v, want %q", b, err, text)
		}
	}
	st, err := os.Lstat(filepath.Join(dir, "x"))
	if err != nil || st.Mode() != 0o600 {
		t.Errorf("%v, %v", st.Mode(), err)
	}
	if names, _ := filepath.Glob(dir + "/*"); len(names) != 1 {
		t.Errorf("the folder has %q", names)
	}
}

func TestDamage(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(OS(), dir)
	path := filepath.Join(dir, "x")
	if err := s.Save(s.Name("x"), []byte("the content")); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, b []byte, want string) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := s.Load(s.Name("x"), 100)
		if !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), want) || got != nil {
			t.Errorf("%s: %q, %v, want %q", what, got, err, want)
		}
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 1
		try(fmt.Sprintf("byte %d", i), b, "damaged: ")
		try(fmt.Sprintf("the first %d bytes", i), whole[:i], "damaged: ")
	}
	try("one more", append(bytes.Clone(whole), 0), "12 bytes, expected 11")
	try("too long", make([]byte, headSize+101), "expected at most")
	try("foreign", []byte(strings.Repeat("x", headSize)), "does not begin with vlpdKEEP")
}

func TestRights(t *testing.T) {
	dir := t.TempDir()
	s := NewStore(OS(), dir)
	if err := s.Save(s.Name("x"), nil); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "x")
	os.Chmod(path, 0o640)
	if _, err := s.Load(s.Name("x"), 10); !errors.Is(err, secret.ErrPermissions) {
		t.Errorf("mode 640: %v", err)
	}
	os.Remove(path)
	os.Symlink("/etc/passwd", path)
	if _, err := s.Load(s.Name("x"), 10); !errors.Is(err, unix.ELOOP) {
		t.Errorf("a link: %v", err)
	}
	for _, c := range []struct {
		mode os.FileMode
		want string
	}{{0o700, ""}, {0o755, ""}, {0o770, "insecure permissions 770"}, {0o1777, "insecure permissions"}} {
		os.Chmod(dir, c.mode)
		if err := CheckDir(dir); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("folder %o: %v", c.mode, err)
		}
	}
	if err := CheckDir(dir + "/none"); !errors.Is(err, unix.ENOENT) {
		t.Error(err)
	}
	os.WriteFile(dir+"/file", nil, 0o600)
	if err := CheckDir(dir + "/file"); !errors.Is(err, unix.ENOTDIR) {
		t.Error(err)
	}
	if os.Getuid() == 0 {
		os.Chmod(dir, 0o700)
		os.Chown(dir, 1234, -1)
		if err := CheckDir(dir); err == nil || !strings.Contains(err.Error(), "owned by uid 1234") {
			t.Error(err)
		}
	}
}

func TestSaveAllocatesNothing(t *testing.T) {
	s := NewStore(OS(), t.TempDir())
	name, content := s.Name("x"), make([]byte, 100)
	if n := testing.AllocsPerRun(20, func() {
		if err := s.Save(name, content); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a save", n)
	}
}
