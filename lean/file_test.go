package lean

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestReadText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	for content, want := range map[string]string{
		"":                             "",
		"\n":                           "",
		"0403\n":                       "0403",
		" \tA b\r\n\n":                 "A b",
		"no newline":                   "no newline",
		"\x00":                         "",
		strings.Repeat("x", 2*maxText): strings.Repeat("x", maxText),
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadText(path); got != want || err != nil {
			t.Errorf("ReadText of %.20q = %.20q, %v, want %.20q", content, got, err, want)
		}
	}
}

func TestReadTextErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := ReadText(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: got %v, want ENOENT", err)
	}
	var at *os.PathError
	if _, err := ReadText(dir); !errors.As(err, &at) || at.Op != "read" || at.Path != dir {
		t.Errorf("a folder: got %v, want a failed read of %s", err, dir)
	}
}

func TestNames(t *testing.T) {
	dir := t.TempDir()
	var want []string
	for i := range 700 { // more than one getdents64 brings
		name := fmt.Sprintf("node%03d", i)
		want = append(want, name)
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Names(dir)
	if slices.Sort(got); err != nil || !slices.Equal(got, want) {
		t.Errorf("Names = %d names, %v, want %d", len(got), err, len(want))
	}
	if _, err := Names(dir + "/node000"); err == nil {
		t.Error("Names of a file: no error")
	}
}
