package demo

import "vlpd/lean"

// width is that of a serial console.
const width = 80

// tell writes one line to stdout, cut to the width of a console. Whoever reads
// is gone when it fails: SIGPIPE ends the demo.
func tell(line string) {
	if len(line) > width {
		line = line[:width-2] + ".."
	}
	lean.Print(line + "\n")
}

const blanks = "          "

// left fills a word up behind, to the given width of 10 at most.
func left(word string, width int) string { return word + blanks[:max(0, width-len(word))] }

// right fills it up in front.
func right(word string, width int) string { return blanks[:max(0, width-len(word))] + word }
