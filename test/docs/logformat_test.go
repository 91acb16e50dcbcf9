package docs

import (
	"slices"
	"strings"
	"testing"

	"vlpd/event"
)

// TestLogFormatDocument holds the rows of the document against the golden
// file of the code, and its kinds against the code's.
func TestLogFormatDocument(t *testing.T) {
	const doc = "docs/log-format.md"
	golden := strings.Split(readFile(t, "event/testdata/rows.golden"), "\n")
	text := readFile(t, doc)
	shown := map[string]bool{}
	for _, b := range fenced(t, text) {
		if b.kind != "rows" {
			t.Errorf("line %d: a %q block that no test executes", b.line, b.kind)
		}
		for i, row := range strings.Split(strings.TrimSpace(b.text), "\n") {
			if !slices.Contains(golden, row) {
				t.Errorf("%s:%d: no such row: %q", doc, b.line+1+i, row)
			}
			shown[strings.Split(row, "\t")[1]] = true
		}
	}
	readme := readFile(t, "README.md")
	for k := event.Kind(0); k < event.Kinds; k++ {
		if !shown[k.String()] {
			t.Errorf("%s shows no row of kind %v", doc, k)
		}
		if !strings.Contains(text, "\n| "+k.String()+" |") {
			t.Errorf("%s does not say what kind %v is", doc, k)
		}
		if !strings.Contains(readme, "`"+k.String()+"`") {
			t.Errorf("README.md does not mention kind %v", k)
		}
	}
}
