package audit

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/args"
)

// said runs the command with its stdout and stderr in files.
func said(t *testing.T, argv ...string) (stdout, stderr string, err error) {
	t.Helper()
	dir := t.TempDir()
	var names [3]string
	var kept [3]int
	for fd := 1; fd <= 2; fd++ {
		names[fd] = filepath.Join(dir, "out"+number(uint64(fd)))
		f, err := os.Create(names[fd])
		if err != nil {
			t.Fatal(err)
		}
		kept[fd], _ = unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 10)
		unix.Dup3(int(f.Fd()), fd, 0)
		f.Close()
	}
	err = Run(argv)
	for fd := 1; fd <= 2; fd++ {
		unix.Dup3(kept[fd], fd, 0)
		unix.Close(kept[fd])
	}
	out, _ := os.ReadFile(names[1])
	errs, _ := os.ReadFile(names[2])
	return string(out), string(errs), err
}

// code is what main makes of the error.
func code(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, args.ErrUsage):
		return 2
	}
	return 1
}

func TestCommand(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string, mode os.FileMode) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return p
	}
	texts, head := threeFiles(nil)
	keyedTexts, _ := threeFiles(&testKey)
	put("a.2", texts[0], 0o644)
	put("a.1", texts[1], 0o644)
	a := put("a", texts[2], 0o644)
	keyed := put("keyed", keyedTexts[0], 0o600)
	broken := put("broken", texts[0]+texts[2]+texts[1], 0o600)
	key := put("key", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1F\n", 0o600)
	open := put("open", "00", 0o644)
	noted := strings.Repeat("0", 64)
	for _, c := range []struct {
		argv           string
		code           int
		stdout, stderr string // parts; with = all of it
	}{
		{"verify " + a, 0, "=9 records in 3 files, seq 1 to 9\nhead " + head + "\nwhole\n", "="},
		{"verify --head " + head + " " + a, 0, "whole\n", "="},
		{"verify " + a + " --head=" + head, 0, "whole\n", "="},
		{"verify --head " + noted + " " + a, 1, "\nbroken\n", "=vlpd audit: broken: no record has the noted head " + noted + "\n"},
		{"verify " + broken, 1, broken + ":7: seq: expected 5, got 7\n", "=vlpd audit: broken: 2 lines, the first at " + broken + ":7\n"},
		{"verify " + broken, 1, "9 records in 1 files, seq 1 to 6\nhead " + chainOf(texts[1], 2) + "\nbroken\n", ""},
		{"verify --key-file " + key + " " + keyed, 0, "=4 records in 1 files, seq 1 to 4, keyed\nhead " + chainOf(keyedTexts[0], 4) + "\nwhole\n", "="},
		{"verify --key-file " + key + " " + a, 1, "a.2:1: header: expected " + keyedHeader + ", got " + plainHeader + "\n", "the first at"},
		{"verify " + keyed, 2, "=", "its key is needed (--key-file)\nvlpd audit --help lists the flags\n"},
		{"verify --key-file " + open + " " + keyed, 1, "=", "--key-file: " + open + ": insecure permissions 644"},
		{"verify --key-file " + a + "x " + keyed, 1, "=", "no such file"},
		{"verify " + a + "x", 1, "=", "=vlpd audit: " + a + "x: open: no such file or directory\n"},
		{"verify " + put("empty", "", 0o600), 1, "0 records in 1 files", "=vlpd audit: expected a record, got none\n"},
		{"verify", 2, "=", "expected a FILE, got none"},
		{"", 2, "=", "expected verify, got nothing"},
		{"repair " + a, 2, "=", `expected verify, got "repair"`},
		{"verify --hea " + a, 2, "=", "unknown flag --hea"},
		{"verify --head 12 " + a, 2, "=", "--head: invalid value \"12\" (expected 64 lower-case hex digits)"},
		{"verify " + a + " --head", 2, "=", "--head requires a value"},
		{"verify --help", 0, "usage: vlpd audit verify [FLAG...] FILE...\n", "="},
		{"--help", 0, "  --key-file PATH\n", "="},
	} {
		stdout, stderr, err := said(t, strings.Fields(c.argv)...)
		if code(err) != c.code || !part(stdout, c.stdout) || !part(stderr, c.stderr) {
			t.Errorf("%s: exit code %d\n%s%s", c.argv, code(err), stdout, stderr)
		}
	}
	if _, stderr, err := said(t, "verify", "--", "-x"); code(err) != 1 || !strings.Contains(stderr, "-x: open") {
		t.Errorf("a file that looks like a flag: %v", err)
	}
}

// part: "=TEXT" is all of got, "TEXT" a part of it.
func part(got, want string) bool {
	if all, ok := strings.CutPrefix(want, "="); ok {
		return got == all
	}
	return strings.Contains(got, want)
}

// TestCommandNotes: what is unusual is told, and not without end.
func TestCommandNotes(t *testing.T) {
	restart, _ := chained(nil, "-", bootLine(1, "-", "legacy_v1"))
	p := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(p, []byte(v1Header+"\n"+strings.Repeat(plainHeader+"\n"+restart, 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, _, err := said(t, "verify", p)
	if code(err) != 0 || strings.Count(stdout, "seq starts again") != 21 || !strings.Contains(stdout, "more such notes follow") ||
		!strings.Contains(stdout, "\n99 records at which seq starts again\n1 lines of another schema\n") {
		t.Errorf("%v\n%s", err, stdout)
	}
}

// TestHelpFits a serial console.
func TestHelpFits(t *testing.T) {
	stdout, _, _ := said(t, "--help")
	for line := range strings.Lines(stdout) {
		if len(line) > args.Columns+1 {
			t.Errorf("%d columns: %s", len(line), line)
		}
	}
}
