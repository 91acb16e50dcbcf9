package metrics

const (
	// SliceBytes is the most that one Render appends: about a hundred rows,
	// a few microseconds of work on a PC and well below 100 on a Cortex-A7.
	SliceBytes = 8 << 10

	// StepBytes is the most that one call of a Section appends.
	StepBytes = 4000

	// minRoom is the least room a Render is given, enough for progress.
	minRoom = 2 * StepBytes
)

// Page is one scrape's content. Each connection slot has its own, so that
// scrapes at the same time have their own position and their own snapshot.
type Page interface {
	// Begin goes back to the start and takes the snapshot of all scalar
	// counters, so that sums among them hold whenever the rest is printed.
	Begin()

	// Render appends the next slice and reports whether more follows. It
	// appends no more than cap(dst)-len(dst) bytes, which is at least
	// twice StepBytes and at most SliceBytes.
	Render(dst []byte) (out []byte, more bool)
}

// Done is what a Section returns as its next position when it is complete.
const Done = -1

// Section prints a part of a page: a family or several, or some rows of a long
// one. It gets the position it returned the last time, 0 at first, appends at
// most StepBytes, and returns where to go on, or Done.
//
// Rows may come and go between two calls: a section over a table of agents
// uses the slot number as its position, so that it skips none that stays.
type Section func(dst []byte, at int) (out []byte, next int)

// sectionPage is a Page made of sections.
type sectionPage struct {
	snapshot func()
	sections []Section
	i, at    int
}

// NewPage makes a page of sections, printed in their order. snapshot is called
// at the begin of each scrape; it may be nil.
func NewPage(snapshot func(), sections ...Section) Page {
	return &sectionPage{snapshot: snapshot, sections: sections}
}

func (p *sectionPage) Begin() {
	p.i, p.at = 0, 0
	if p.snapshot != nil {
		p.snapshot()
	}
}

func (p *sectionPage) Render(dst []byte) ([]byte, bool) {
	for p.i < len(p.sections) {
		if cap(dst)-len(dst) < StepBytes {
			return dst, true
		}
		dst, p.at = p.sections[p.i](dst, p.at)
		if p.at < 0 {
			p.i, p.at = p.i+1, 0
		}
	}
	return dst, false
}
