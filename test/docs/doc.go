// Package docs executes what the documents say: every shell block of the
// README and every example of the manual page runs, in order, in one shell and
// one folder, with the vlpd of this checkout, and must succeed and print what
// the document shows. Tables of flags, metrics and rows are compared with the
// program itself.
//
// In Markdown the words after the three ticks say what a block is:
//
//	sh            runs; must end with exit code 0
//	sh checkout   runs in the checkout instead of the tour's folder
//	sh ci         is not run here: scripts/test.sh or .ci/run has its lines
//	sh board      is not run here: test/vm/field plays it on an emulated board
//	sh build      is not run here: test/vm/field runs it before
//	text          what the block before it printed
//
// In expected output a number stands for any number, "…" for anything within a
// line, a line of just "…" for any lines, and a blank for any blanks.
//
// The tour's serial device, /dev/ttyUSB0, is a pseudo-terminal on which the
// test plays a device. There is nothing to import here, only tests.
package docs
