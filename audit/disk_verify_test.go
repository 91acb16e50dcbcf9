package audit

import "strings"

// verify reads all files of the disk as Verify does.
func (d *disk) verify(q Query) (Totals, []Note) {
	var notes []Note
	c, r := newChecker(&q, func(n Note) { notes = append(notes, n) }), newReader()
	for g := generationsMost; g >= 0; g-- {
		name := "/log/a"
		if g > 0 {
			name += "." + number(uint64(g))
		}
		if n := d.names[name]; n != nil {
			r.reset(textSource{strings.NewReader(string(n.data))})
			if err := c.read(name, r); err != nil {
				notes = append(notes, Note{File: name, Broken: true, Text: err.Error()})
				c.t.Broken++
			}
		}
	}
	c.finish()
	return c.t, notes
}

// textSource ends as read(2) does.
type textSource struct{ r *strings.Reader }

func (s textSource) Read(p []byte) (int, error) {
	n, _ := s.r.Read(p)
	return n, nil
}
