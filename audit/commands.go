package audit

import "sync/atomic"

// textMost bounds program and source: no path is longer (PATH_MAX).
const textMost = 4096

// command is what all spawn records of one recovery command share.
type command struct{ program, source string }

// commands only grows: by the loop, at the start and when the configuration is
// read anew. Records hold the index.
type commands struct{ list atomic.Pointer[[]command] }

// add returns the index of a command.
func (c *commands) add(program, source string) uint32 {
	one := command{clean(program), clean(source)}
	var list []command
	if l := c.list.Load(); l != nil {
		list = *l
	}
	for i := range list {
		if list[i] == one {
			return uint32(i)
		}
	}
	grown := append(list[:len(list):len(list)], one)
	c.list.Store(&grown)
	return uint32(len(list))
}

// get is for the writer; whoever has an index has it from add.
func (c *commands) get(i uint32) *command { return &(*c.list.Load())[i] }

// clean makes s fit for a column: tab, CR and LF become blanks as in the
// original, and so does NUL, which means a damaged file.
func clean(s string) string {
	b := []byte(s[:min(len(s), textMost)])
	for i, c := range b {
		if c == '\t' || c == '\r' || c == '\n' || c == 0 {
			b[i] = ' '
		}
	}
	return string(b)
}
