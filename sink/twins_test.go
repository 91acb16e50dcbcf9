package sink

import (
	"os"
	"path/filepath"
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
		if is, err := OS.Same(a, b); is != want || err != nil {
			t.Errorf("%s and %s are one file: %v, %v, expected %v", a, b, is, err, want)
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
	if err := Rename(OS, n.Path, n.Old[0]); err != unix.ENOENT {
		t.Errorf("rename of nothing: %v", err)
	}
	link("ev.1", "ev")
	if err := Rename(OS, n.Path, n.Old[0]); err != nil || OS.Exists(n.Path) != unix.ENOENT || OS.Exists(n.Old[0]) != nil {
		t.Errorf("rename onto itself: %v", err)
	}
	write("ev.2")
	if err := Rename(OS, n.Old[0], n.Old[1]); err != nil || OS.Exists(n.Old[0]) != unix.ENOENT {
		t.Errorf("rename onto another: %v", err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "ev.2")); string(text) != "ev\n" {
		t.Errorf("%q, %v", text, err)
	}
}
