package trust

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// line is a /proc/PID/stat with the given name, letter and numbers.
func line(comm string, letter byte, threads, start uint64) string {
	return fmt.Sprintf("4242 (%s) %c 1 2 3 0 -1 4194304 102 0 0 0 10 20 0 0 20 0 %d 0 %d 3133440 410 18446744073709551615 1 1 0\n",
		comm, letter, threads, start)
}

func TestParseStat(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       stat
		ok         bool
	}{
		{"plain", line("cat", 'R', 1, 72125), stat{72125, false}, true},
		{"blanks", line("tmux: server (1)", 'S', 1, 5), stat{5, false}, true},
		{"parentheses", line(") Z 1 2 (", 'S', 1, 6), stat{6, false}, true},
		{"looks like an end", line("a) R 1 1 1", 'S', 3, 7), stat{7, false}, true},
		{"line feed", line("a\nb)\n", 'S', 1, 8), stat{8, false}, true},
		{"empty name", line("", 'S', 1, 9), stat{9, false}, true},
		{"zombie", line("sh", 'Z', 1, 10), stat{10, true}, true},
		{"zombie whose threads run", line("sh", 'Z', 2, 11), stat{11, false}, true},
		{"dead", line("sh", 'X', 0, 12), stat{12, true}, true},
		{"kernel's own", line("kthreadd", 'S', 1, 0), stat{0, false}, true},
		{"largest", line("x", 'S', 1, 1<<64-1), stat{1<<64 - 1, false}, true},
		{"empty", "", stat{}, false},
		{"no name", "4242 cat R 1 2", stat{}, false},
		{"ends with the name", "4242 (cat)", stat{}, false},
		{"ends early", "4242 (cat) R 1 2 3", stat{}, false},
		{"start cut short", strings.TrimSuffix(line("x", 'S', 1, 123), " 3133440 410 18446744073709551615 1 1 0\n"), stat{}, false},
		{"start is no number", strings.Replace(line("x", 'S', 1, 987), " 987 ", " 9x7 ", 1), stat{}, false},
		{"threads are no number", strings.Replace(line("x", 'S', 987, 1), " 987 ", " -1 ", 1), stat{}, false},
	} {
		if got, ok := parseStat([]byte(tt.text)); ok != tt.ok || ok && got != tt.want {
			t.Errorf("%s: %+v, %v; want %+v, %v", tt.name, got, ok, tt.want, tt.ok)
		}
	}
}

func TestParseSpace(t *testing.T) {
	for text, want := range map[string]uint32{
		"pid:[4026531836]": 4026531836, "pid:[1]": 1, "pid:[4294967295]": 4294967295,
		"": 0, "pid:[]": 0, "pid:[": 0, "pid:[12": 0, "pid:[x]": 0, "mnt:[12]": 0, "pid:[4294967296]": 0, "pid:[-1]": 0,
	} {
		if got := parseSpace([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// fakeProc makes a folder that looks like procfs; self is what /proc/self says.
func fakeProc(t *testing.T, self string) string {
	t.Helper()
	proc := t.TempDir()
	for _, pid := range []string{self, "4242"} {
		if err := os.MkdirAll(filepath.Join(proc, pid, "ns"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink("pid:["+strconv.FormatUint(uint64(inside), 10)+"]", filepath.Join(proc, pid, "ns/pid")); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(self, filepath.Join(proc, "self")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(proc, "4242/stat"), []byte(line("a (b) c", 'S', 1, 777)), 0o444); err != nil {
		t.Fatal(err)
	}
	return proc
}

func TestSystemReadsProc(t *testing.T) {
	k, self, err := newSystem(fakeProc(t, strconv.Itoa(os.Getpid())))
	if err != nil || self != inside {
		t.Fatalf("own namespace %d, %v; want %d", self, err, inside)
	}
	if st, ok := k.stat(4242); !ok || st.start != 777 || st.ended {
		t.Errorf("stat %+v, %v; want start 777", st, ok)
	}
	if got := k.space(4242); got != inside {
		t.Errorf("namespace %d, want %d", got, inside)
	}
	if st, ok := k.stat(4243); ok {
		t.Errorf("stat of nobody: %+v", st)
	}
	if got := k.space(4243); got != 0 {
		t.Errorf("namespace of nobody: %d", got)
	}
}

// A procfs that is missing, or shows other numbers than ours, tells nothing.
func TestSystemWithoutProc(t *testing.T) {
	for _, tt := range []struct{ proc, says string }{
		{t.TempDir(), "readlink"},
		{fakeProc(t, "999999"), `is of another pid namespace: there we are "999999", expected ` + strconv.Itoa(os.Getpid())},
	} {
		k, self, err := newSystem(tt.proc)
		if err == nil || !strings.Contains(err.Error(), tt.says) || self != 0 {
			t.Errorf("own namespace %d, %v; want 0, %s", self, err, tt.says)
		}
		if st, ok := k.stat(4242); ok || k.space(4242) != 0 {
			t.Errorf("believed: %+v, %d", st, k.space(4242))
		}
	}
}
