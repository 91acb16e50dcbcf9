package docs

import (
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestREADMERuns(t *testing.T) {
	need(t, "curl")
	need(t, "go")
	var tour []block
	for _, b := range fenced(t, readFile(t, "README.md")) {
		switch b.kind {
		case "sh", "sh checkout":
			tour = append(tour, b)
		case "sh ci":
			inCI(t, b)
		default:
			t.Errorf("line %d: a %q block that no test executes", b.line, b.kind)
		}
	}
	if len(tour) < 8 {
		t.Fatalf("only %d blocks to run", len(tour))
	}
	play(t, tour, playDevice(t))
}

// Commands of the other documents are parts of CI.
func TestDocumentsAreWhatCIRuns(t *testing.T) {
	for _, doc := range []string{"CONTRIBUTING.md", "docs/decisions/0001-one-loop.md"} {
		blocks := fenced(t, readFile(t, doc))
		if len(blocks) == 0 {
			t.Errorf("%s has no command", doc)
		}
		for _, b := range blocks {
			inCI(t, b)
		}
	}
}

// inCI holds a block against what continuous integration runs.
func inCI(t *testing.T, b block) {
	t.Helper()
	ci := readFile(t, ".ci/run") + readFile(t, "scripts/test.sh")
	for _, line := range strings.Split(strings.TrimSpace(b.text), "\n") {
		command, _, _ := strings.Cut(line, "  #")
		if !strings.Contains(ci, " "+strings.TrimSpace(command)+"\n") {
			t.Errorf("line %d: no part of CI runs %q", b.line, command)
		}
	}
}

// A serial console shows 80 columns.
func TestREADMEFitsAConsole(t *testing.T) {
	for i, line := range strings.Split(readFile(t, "README.md"), "\n") {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("line %d has %d columns", i+1, n)
		}
	}
}

// What --help says stands in the README to the letter: in a tour's output any
// number passes for any other, a wrong default too.
func TestREADMEHelp(t *testing.T) {
	readme := readFile(t, "README.md")
	for _, command := range [][]string{nil, {"beat"}} {
		if help := helpText(t, command...); !strings.Contains(readme, "```text\n"+help+"```\n") {
			t.Errorf("README.md does not show what vlpd %v --help says:\n%s", command, help)
		}
	}
}

func helpText(t *testing.T, command ...string) string {
	t.Helper()
	out, err := exec.Command(vlpd+"/vlpd", append(command, "--help")...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
