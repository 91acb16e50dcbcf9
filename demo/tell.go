package demo

import "os"

// tell writes one line to stdout.
func tell(line string) { os.Stdout.WriteString(line + "\n") }

const blanks = "          "

// left fills a word up behind, to the given width of 10 at most.
func left(word string, width int) string { return word + blanks[:max(0, width-len(word))] }

// right fills it up in front.
func right(word string, width int) string { return blanks[:max(0, width-len(word))] + word }
