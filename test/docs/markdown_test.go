package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// block is a fenced piece of a document and the output that follows it.
type block struct {
	line int    // where it begins
	kind string // the words after the ticks
	text string
	want string // of the text block that follows; "" if there is none
}

// root is the checkout.
func root() string {
	_, self, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(self), "..", "..")
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root(), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// fenced returns the blocks of a Markdown document. A text block is the output
// of the one before it, unless there is prose between that one and it.
func fenced(t *testing.T, doc string) []block {
	t.Helper()
	var blocks []block
	var b *block
	adjacent := false
	for i, line := range strings.Split(doc, "\n") {
		switch {
		case b == nil && strings.HasPrefix(line, "```"):
			b = &block{line: i + 1, kind: strings.TrimSpace(line[3:])}
		case b == nil:
			adjacent = adjacent && line == ""
		case line != "```":
			b.text += line + "\n"
		case b.kind == "text" && adjacent:
			blocks[len(blocks)-1].want = b.text
			b, adjacent = nil, false
		default:
			blocks = append(blocks, *b)
			b, adjacent = nil, true
		}
	}
	if b != nil {
		t.Fatalf("line %d: a block that does not end", b.line)
	}
	return blocks
}

var (
	number = regexp.MustCompile(`[0-9]+`)
	blank  = regexp.MustCompile(`[ \t]+`)
)

// pattern turns expected output into the expression it stands for.
func pattern(want string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`^`)
	for _, line := range strings.Split(strings.TrimRight(want, "\n"), "\n") {
		if strings.TrimSpace(line) == "…" {
			b.WriteString(`([^\n]*\n)*`)
			continue
		}
		line = regexp.QuoteMeta(line)
		line = strings.ReplaceAll(line, "…", `[^\n]*`)
		line = number.ReplaceAllString(line, `[0-9]+`)
		b.WriteString(blank.ReplaceAllString(line, `[ \t]+`) + `\n`)
	}
	return regexp.MustCompile(b.String() + `$`)
}

// matches reports whether got is what want stands for.
func matches(want, got string) bool {
	return pattern(want).MatchString(strings.TrimRight(got, "\n") + "\n")
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"a 1\n", "a 234\n", true},
		{"a 1\n", "a\t 7", true},
		{"a 1\n", "a x\n", false},
		{"a 1\n", "a 1\nb\n", false},
		{"a 1\n…\n", "a 1\nb\nc\n", true},
		{"…\nc\n", "c\n", true},
		{"…\nc\n", "xc\n", false},
		{"a=…;b\n", "a=12-ff;b\n", true},
		{"a=…;b\n", "a=12\n;b\n", false},
		{"a.b\n", "axb\n", false},
	} {
		if matches(c.want, c.got) != c.ok {
			t.Errorf("%q stands for %q: %v", c.want, c.got, !c.ok)
		}
	}
}

func TestFenced(t *testing.T) {
	got := fenced(t, "x\n```sh\na\n```\n\n```text\nA\n```\nprose\n```text\nB\n```\n")
	want := []block{{2, "sh", "a\n", "A\n"}, {10, "text", "B\n", ""}}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("%+v", got)
	}
}
