package children

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestSplit(t *testing.T) {
	for _, text := range []string{
		"", " ", "a", " a ", "a b", "a\tb\nc\rd\ve\ff", "/bin/x 'a b' \"c\" \\d $HOME {pid}", "a\u00a0b\u3000c\u2028d\u200ae\u0085f",
		"\u200bzero width", "\xff \xfe", "two\nlines \n", "é\xc3 \xa0x",
	} {
		if got, want := Split(text), strings.Fields(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestFill(t *testing.T) {
	v := &Values{PID: "line/7", ID: "7", Source: "line", Agent: "{pid}"}
	for text, want := range map[string]string{
		"/bin/{pid}":                       "/bin/{pid}", // not in the program
		"p {pid}":                          "p line/7",
		"p a{pid}b{id}{source}c {agent}":   "p aline/7b7linec {pid}", // not looked at again
		"p {PID} {} { } {pid {{pid} {pid}": "p {PID} {} { } {pid {line/7 line/7",
		"p {other}{pid} {pid}} {{id}}":     "p {other}line/7 line/7} {7}",
		"p $HOME 'a b' ${pid}":             "p $HOME 'a b' $line/7",
	} {
		c, err := NewCommand(Split(text), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.Fill(v), " "); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
		if strings.Join(c.words, " ") != strings.Join(Split(text), " ") || c.Program() != c.words[0] {
			t.Errorf("%s: the template is %q now", text, c.words)
		}
	}
}

func TestNewCommandRefuses(t *testing.T) {
	for _, c := range []struct{ words, env []string }{
		{nil, nil}, {[]string{""}, nil}, {[]string{"a\x00"}, nil}, {[]string{"a", "b\x00c"}, nil}, {[]string{"a"}, []string{"A=\x00"}},
	} {
		if _, err := NewCommand(c.words, c.env); !errors.Is(err, unix.EINVAL) {
			t.Errorf("%q: %v, want EINVAL", c, err)
		}
	}
}

func TestEnviron(t *testing.T) {
	t.Setenv("CHILDREN_TEST", "ours")
	t.Setenv("CHILDREN_BOTH", "ours")
	for extra, want := range map[string]string{
		"":                  "PATH=/usr/bin:/bin",
		"A=1 B=2 A=B=C":     "PATH=/usr/bin:/bin A=B=C B=2",
		"PATH=/x A=":        "PATH=/x A=",
		"no-equals-sign A=": "PATH=/usr/bin:/bin A=",
	} {
		if got := strings.Join(Environ(false, strings.Fields(extra)), " "); got != want {
			t.Errorf("%s: %s, want %s", extra, got, want)
		}
	}
	got := Environ(true, []string{"CHILDREN_BOTH=theirs", "NEW=1"})
	n := 0
	for _, e := range got {
		if e == "CHILDREN_TEST=ours" || e == "CHILDREN_BOTH=theirs" || e == "NEW=1" {
			n++
		}
		if e == "CHILDREN_BOTH=ours" {
			t.Error("the observer's own entry is still there")
		}
	}
	if n != 3 {
		t.Errorf("inherited: %q", got)
	}
}

func TestCandidates(t *testing.T) {
	for _, c := range []struct{ program, path, want string }{
		{"/a/b", "PATH=/x", "/a/b"},
		{"./b", "PATH=/x", "./b"},
		{"b", "PATH=/x:/y", "/x/b /y/b"},
		{"b", "PATH=/x::/y:", "/x/b b /y/b b"},
		{"b", "PATH=", "b"},
		{"b", "OTHER=1", "/bin/b /usr/bin/b"},
	} {
		if got := strings.Join(candidates(c.program, []string{"A=1", c.path}), " "); got != c.want {
			t.Errorf("%s in %s: %s, want %s", c.program, c.path, got, c.want)
		}
	}
}

func TestUnknownPlaceholder(t *testing.T) {
	for word, want := range map[string]string{
		"{pid}": "", "x{agent}y{id}": "", "{nope}": "{nope}", "{pid}{pidd}": "{pidd}", "{": "", "{}": "", "{a b}": "", "${HOME}": "",
		"{\"json\":1}": "", "a{b": "",
	} {
		c, err := NewCommand([]string{"{program}", word}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Unknown(); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"runs": 0o700, "not": 0o600} {
		if err := os.WriteFile(dir+"/"+name, nil, mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		program, path string
		want          error
	}{
		{dir + "/runs", "", nil},
		{dir + "/not", "", unix.EACCES},
		{dir + "/none", "", unix.ENOENT},
		{dir + "/runs/none", "", unix.ENOENT}, // ENOTDIR
		{"runs", "/none:" + dir, nil},
		{"not", dir + ":/none", unix.EACCES}, // as execvp says
		{"runs", "/none:/none2", unix.ENOENT},
	} {
		command, err := NewCommand([]string{c.program}, []string{"PATH=" + c.path})
		if err != nil {
			t.Fatal(err)
		}
		if err := command.Check(); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s in %q: %v, want %v", c.program, c.path, err, c.want)
		}
	}
}
