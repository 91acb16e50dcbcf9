package sink

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTwins has real files under two names, as JFFS2 leaves them.
func TestTwins(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(from, to string) {
		t.Helper()
		if err := os.Link(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
			t.Fatal(err)
		}
	}
	n, err := NewNames(filepath.Join(dir, "ev"), 4)
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b Path, want bool) {
		t.Helper()
		if OS.Same(a, b) != want {
			t.Errorf("%s and %s are one file: %v, expected %v", a, b, !want, want)
		}
	}
	write("ev")
	write("ev.2")
	link("ev", "ev.1")
	link("ev.2", "ev.3")
	if err := os.Symlink("ev.3", filepath.Join(dir, "ev.4")); err != nil {
		t.Fatal(err)
	}
	same(n.Path, n.Old[0], true)
	same(n.Old[0], n.Old[1], false)
	same(n.Old[2], n.Old[3], false) // a link is no name of the file
	var said []string
	if p, err := n.Part(OS, func(_ Level, text string) { said = append(said, text) }); err != nil || len(said) != 2 {
		t.Errorf("%s: %v; said %q", p, err, said)
	}
	left, _ := filepath.Glob(dir + "/*")
	for i, want := range []string{"ev.1", "ev.3", "ev.4"} {
		if i >= len(left) || filepath.Base(left[i]) != want {
			t.Fatalf("left: %q", left)
		}
	}
	same(n.Path, n.Old[0], false)
	if _, err := Rename(OS, n.Path, n.Old[0]); err != unix.ENOENT {
		t.Errorf("rename of nothing: %v", err)
	}
	link("ev.1", "ev")
	if _, err := Rename(OS, n.Path, n.Old[0]); err != nil || OS.Exists(n.Path) != unix.ENOENT || OS.Exists(n.Old[0]) != nil {
		t.Errorf("rename onto itself: %v", err)
	}
	write("ev.2")
	if _, err := Rename(OS, n.Old[0], n.Old[1]); err != nil || OS.Exists(n.Old[0]) != unix.ENOENT {
		t.Errorf("rename onto another: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "ev.2")); string(text) != "ev\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestMountIsNoTwin: a file that is mounted on another name has no name to spare.
func TestMountIsNoTwin(t *testing.T) {
	n, err := NewNames(filepath.Join(t.TempDir(), "ev"), 1)
	if err != nil {
		t.Fatal(err)
	}
	path, old := n.Path.String(), n.Old[0].String()
	for _, name := range []string{path, old} {
		if err := os.WriteFile(name, []byte("row\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mount(path, old, "", unix.MS_BIND, ""); err != nil {
		t.Skip("mounting a file on another: ", err)
	}
	defer unix.Unmount(old, unix.MNT_DETACH)
	if p, err := n.Part(OS, func(_ Level, text string) { t.Error(text) }); err != nil || OS.Exists(n.Path) != nil {
		t.Errorf("%s: %v; the log: %v", p, err, OS.Exists(n.Path))
	}
}

// TestPartPassesOver: names that cannot be looked at stop nothing.
func TestPartPassesOver(t *testing.T) {
	dir := t.TempDir()
	ninth := filepath.Join(dir, strings.Repeat("e", 253)) + ".9" // the tenth's name is too long
	if err := os.WriteFile(ninth, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{strings.TrimSuffix(ninth, ".9"), ninth + "/ev"} {
		n, err := NewNames(path, 10)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := n.Part(OS, func(_ Level, text string) { t.Error(text) }); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// bound lets no name go.
type bound struct{ FS }

func (bound) Unlink(Path) error { return unix.EPERM }

// TestRenameNamesTheCall: the error is of the call that failed.
func TestRenameNamesTheCall(t *testing.T) {
	dir := t.TempDir()
	n, err := NewNames(filepath.Join(dir, "ev"), 2)
	if err != nil {
		t.Fatal(err)
	}
	if call, err := Rename(bound{OS}, n.Old[1], n.Old[0]); call != "rename" || err != unix.ENOENT {
		t.Errorf("of nothing: %s: %v", call, err)
	}
	if err := os.WriteFile(n.Path.String(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Link(n.Path.String(), n.Old[0].String()); err != nil {
		t.Fatal(err)
	}
	if call, err := Rename(bound{OS}, n.Path, n.Old[0]); call != "unlink" || err != unix.EPERM {
		t.Errorf("of twins that cannot be parted: %s: %v", call, err)
	}
}
