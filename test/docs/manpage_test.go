package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	manPage   = "docs/vlpd.8"
	manBegin  = ".\\\" begin: from --help\n"
	manEnd    = ".\\\" end\n"
	flagStart = "  --"
)

// items turns the flags of --help into items of a list of mdoc(7).
func items(help string) string {
	var b strings.Builder
	var text []string
	flush := func() {
		if text != nil {
			b.WriteString(strings.Join(text, " ") + ".\n")
		}
		text = nil
	}
	for line := range strings.Lines(help) {
		switch {
		case strings.HasPrefix(line, flagStart):
			flush()
			name, arg, _ := strings.Cut(strings.TrimSpace(line[len(flagStart):]), " ")
			b.WriteString(".It Fl -" + name)
			if arg != "" {
				b.WriteString(" Ar " + arg)
			}
			b.WriteString("\n")
			text = []string{}
		case text != nil:
			text = append(text, strings.TrimSpace(line))
		}
	}
	flush()
	return b.String()
}

func TestManPageFlags(t *testing.T) {
	want := items(helpText(t)) + ".It Fl -help , Fl h\nPrint the flags and exit.\n.It Fl -version\nPrint version, commit, Go and target, and exit.\n" +
		".El\n.Pp\nThose of\n.Cm beat :\n.Bl -tag -width Ds\n" + items(helpText(t, "beat"))
	page := readFile(t, manPage)
	before, rest, ok1 := strings.Cut(page, manBegin)
	got, after, ok2 := strings.Cut(rest, manEnd)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the flags", manPage)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root(), manPage), []byte(before+manBegin+want+manEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		got = want
	}
	if got != want {
		t.Errorf("%s does not list the flags as --help does; go test ./test/docs -run ManPageFlags -update writes them anew", manPage)
	}
}

func TestManPageIsClean(t *testing.T) {
	for _, words := range [][]string{
		{"mandoc", "-T", "lint", "-W", "warning"},
		{"groff", "-mdoc", "-T", "utf8", "-ww", "-z"},
	} {
		need(t, words[0])
		c := exec.Command(words[0], append(words[1:], filepath.Join(root(), manPage))...)
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%v: %v\n%s", words, err, out)
		}
	}
}

var literal = regexp.MustCompile(`(?s)\n\.Bd -literal[^\n]*\n(.*?)\.Ed\n`)

// TestManPageExamplesRun runs them in order, in one shell.
func TestManPageExamplesRun(t *testing.T) {
	page := readFile(t, manPage)
	var blocks []block
	for _, m := range literal.FindAllStringSubmatchIndex(page, -1) {
		text := strings.ReplaceAll(page[m[2]:m[3]], `\e`, `\`)
		blocks = append(blocks, block{line: 1 + strings.Count(page[:m[2]], "\n"), kind: "sh", text: text})
	}
	if len(blocks) < 5 {
		t.Fatalf("only %d examples", len(blocks))
	}
	play(t, blocks, playDevice(t))
}
