package docs

import "testing"

// TestBoardDocument runs what docs/board.md has for a computer. Its commands for
// a board, and the build before them, are played by test/vm/field.
func TestBoardDocument(t *testing.T) {
	var here []block
	board := 0
	for _, b := range fenced(t, readFile(t, "docs/board.md")) {
		switch b.kind {
		case "sh checkout":
			here = append(here, b)
		case "sh ci":
			inCI(t, b)
		case "sh board", "sh build":
			board++
		case "text": // a file, shown
		default:
			t.Errorf("line %d: a %q block that no test executes", b.line, b.kind)
		}
	}
	if board < 5 || len(here) == 0 {
		t.Fatalf("%d blocks for a board, %d for this machine", board, len(here))
	}
	play(t, here, "/dev/ttyUSB0") // which none of them uses
}
