// Package lean is what this program needs of packages os, time and strings, in
// a form that links little else.
//
// A binary for a board of 16 MiB flash is counted in KiB. Some standard
// functions bring much more than they do here: a time.Ticker brings time zones
// and date formats, os.ReadFile and os.StartProcess bring file infos, finders
// of temporary folders and three ways to wait for a process. What is here makes
// the plain system call instead, says what the manual page says, and names the
// call and the path in its errors.
//
// It is for start-up, for goroutines that may block, and for the commands
// beside the observer; nothing in it is on the path of a beat. Whoever finds a
// standard function as small should use that.
package lean
