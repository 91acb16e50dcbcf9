package audit

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// drips is a source that gives n bytes at a time.
type drips struct {
	text string
	n    int
}

func (d *drips) Read(p []byte) (int, error) {
	n := copy(p[:min(len(p), d.n)], d.text)
	d.text = d.text[n:]
	return n, nil
}

func TestReader(t *testing.T) {
	long := strings.Repeat("x", lineMost)
	text := "a\n\n" + long[1:] + "\n" + long + "\n" + long + long + "y\nb\n" + strings.Repeat("cd\n", 40000) + "torn"
	want := fmt.Sprint([]string{"0 1", "0 0", fmt.Sprintf("0 %d", lineMost-1), "2", "2", "0 1"})
	r := newReader()
	for _, n := range []int{1 << 20, 4096, 7, 1} {
		r.reset(&drips{text, n})
		var got []string
		short, last := 0, ""
		for {
			line, end, err := r.next()
			if err != nil {
				t.Fatal(err)
			}
			if end == noLine {
				break
			}
			switch {
			case end == tooLong:
				got = append(got, "2")
			case end == torn:
				last = string(line)
			case string(line) == "cd":
				short++
			default:
				got = append(got, fmt.Sprintf("%d %d", end, len(line)))
			}
		}
		if fmt.Sprint(got) != want || short != 40000 || last != "torn" {
			t.Errorf("%d bytes at a time: %v, %d short lines, %q", n, got, short, last)
		}
	}
}

func TestGenerations(t *testing.T) {
	for path, want := range map[string]int{"a": 0, "a.1": 1, "a.12": 12, "a.99": 99, "a.100": 0, "a.01": 0, "a.0": 0, "a.": 0, "a.b": 0, "/x.3/a": 0, ".5": 5} {
		if got := generation(path); got != want {
			t.Errorf("%q: %d, expected %d", path, got, want)
		}
	}
	got := newestFirst([]string{"a.2", "b", "a.10", "a", "a.1", "c"})
	if want := []string{"c", "a", "b", "a.1", "a.2", "a.10"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// TestVerifyFiles: any order, or one name for all.
func TestVerifyFiles(t *testing.T) {
	texts, head := threeFiles(nil)
	path := filepath.Join(t.TempDir(), "audit.log")
	put := func(name, text string) string {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return name
	}
	p4, p1, p0 := put(path+".4", texts[0]), put(path+".1", texts[1]), put(path, texts[2])
	for _, paths := range [][]string{{p0}, {p0, p1, p4}, {p4, p1, p0}, {p1, p4, p0}} {
		if got := mustVerify(t, Query{Paths: paths}); got.Head != head || got.Records != 9 || got.Files != 3 {
			t.Errorf("%q: %+v", paths, got)
		}
	}
	if got := mustVerify(t, Query{Paths: []string{p1}}); got.Files != 1 || got.First != 5 || got.Last != 6 {
		t.Errorf("one generation: %+v", got)
	}
	if err := os.Link(p1, path+".2"); err != nil { // as if rotated between two calls
		t.Fatal(err)
	}
	if got := mustVerify(t, Query{Paths: []string{p0}}); got.Files != 3 || got.Records != 9 {
		t.Errorf("a file under two names: %+v", got)
	}
	os.Remove(p0)
	if got := mustVerify(t, Query{Paths: []string{p0}}); got.Last != 6 {
		t.Errorf("PATH is missing: %+v", got)
	}
	for _, c := range []struct {
		paths []string
		says  string
	}{
		{[]string{p0 + "x"}, p0 + "x: open: no such file or directory"},
		{[]string{p1, p0}, p0 + ": open: no such file or directory"},
		{[]string{filepath.Dir(p0)}, filepath.Dir(p0) + ": read: is a directory"},
	} {
		if _, err := Verify(Query{Paths: c.paths}, func(Note) {}); err == nil || err.Error() != c.says {
			t.Errorf("%q: %v", c.paths, err)
		}
	}
	fds, _ := os.ReadDir("/proc/self/fd")
	if len(fds) > 40 {
		t.Errorf("%d descriptors are open", len(fds))
	}
}
