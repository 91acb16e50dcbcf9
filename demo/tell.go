package demo

import "vlpd/lean"

// width is that of a serial console.
const width = 80

// unheard is the first failure of tell; the play goes on, and ends with it.
var unheard error

// tell writes one line to stdout.
func tell(line string) {
	if err := lean.Print(line + "\n"); err != nil && unheard == nil {
		unheard = err
	}
}

// fit cuts what is told in passing to the width of a console.
func fit(line string) string {
	if len(line) > width {
		line = line[:width-2] + ".."
	}
	return line
}

const blanks = "          "

// left fills a word up behind, to the given width of 10 at most.
func left(word string, width int) string { return word + blanks[:max(0, width-len(word))] }

// right fills it up in front.
func right(word string, width int) string { return blanks[:max(0, width-len(word))] + word }
