package observer

import (
	"time"

	"vlpd/event"
	"vlpd/intake"
	"vlpd/metrics"
	"vlpd/vlp"
	"vlpd/watch"
)

// page is what one scrape prints, and the snapshot it prints it from. Rows of
// agents are read from the table while the page is printed, slot by slot; all
// other numbers are of the moment in which it began, so that sums hold.
type page struct {
	o      *observer
	format *event.Format

	now      int64 // observer's clock
	wallNS   int64 // the wall clock at the same moment
	count    counters
	times    durations
	table    watch.Counts
	agents   int
	served   metrics.Counters
	lines    []lineSnapshot
	log      logSnapshot
	self     process
	recovery recoverySnapshot
}

// lineSnapshot is a serial line at the begin of a scrape.
type lineSnapshot struct {
	up            bool
	baud          int
	seen, skipped uint64
	frames        uint64
	gaps          uint64
	reopens       uint64
	diagnosis     intake.Diagnosis
	faults        [vlp.Faults]uint64
	sealed        bool
	refused       uint64 // what no key opens
}

// newPage makes a page; a connection slot keeps it.
func newPage(o *observer, format *event.Format) metrics.Page {
	p := &page{o: o, format: format, lines: make([]lineSnapshot, len(o.c.Lines)),
		count: counters{sources: make([]sourceCount, len(format.Names))}}
	p.self.open()
	sections := make([]metrics.Section, 0, len(agentFamilies)+len(sourceFamilies)+len(lineFamilies)+8)
	for i := range agentFamilies {
		f := &agentFamilies[i]
		sections = append(sections, func(dst []byte, at int) ([]byte, int) { return p.agentRows(dst, at, f) })
	}
	sections = append(sections, p.families(catalog), p.families(logFamilies), p.families(turnFamilies), p.families(guardFamilies),
		p.families(recoveryFamilies), p.families(auditFamilies),
		each(&stageFamily, int(stageCount), p.stageRows))
	for i := range sourceFamilies {
		f := &sourceFamilies[i]
		rows := func(dst []byte, i int) []byte { return f.append(p, dst, i) }
		sections = append(sections, each(&f.Family, len(o.loop.labels), rows))
	}
	sections = append(sections, each(&droppedFamily, len(o.loop.labels)*droppedReasons, p.droppedRow))
	for i := range lineFamilies {
		f := &lineFamilies[i]
		rows := func(dst []byte, i int) []byte { return f.append(&p.lines[i], dst, p.o.c.Lines[i].Name) }
		sections = append(sections, each(&f.Family, len(p.lines), rows))
	}
	return metrics.NewPage(p.begin, sections...)
}

// begin takes the snapshot.
func (p *page) begin() {
	l := p.o.loop
	p.now = l.now
	p.wallNS = time.Now().UnixNano()
	p.count.copyFrom(&l.count)
	p.times = l.times
	p.table, p.agents = l.table.Counts(), l.table.Len()
	p.served = l.server.Counters
	for i := range p.lines {
		p.lines[i].take(l, i)
	}
	if l.log != nil {
		p.log.take(l.log)
	}
	p.recovery.take(l)
	pinned := 0
	if l.processes != nil {
		pinned = l.processes.Open()
	}
	p.self.take(uint64(pinned))
}

func (s *lineSnapshot) take(l *loop, i int) {
	line, b := l.lines.Line(i), &l.busy[i]
	s.up, s.baud = b.up, b.baud
	s.seen, s.skipped = line.Bytes()
	s.frames, s.reopens = line.Frames(), line.Reopens()
	s.gaps = l.table.NonceGaps(b.source)
	if s.diagnosis = line.Diagnose(l.now); s.diagnosis.Doubtful() {
		l.doubt(b.source)
	}
	s.faults = *line.Faults()
	s.sealed, s.refused = line.Opener() != nil, line.Refused()
}

// refused sums what no key opened over all lines.
func (p *page) refused() (n uint64) {
	for i := range p.lines {
		n += p.lines[i].refused
	}
	return n
}

// rowsPerStep keeps what one step appends below metrics.StepBytes: a row is a
// name, a source's name, an id and a number, 320 bytes at most: the path of a
// socket has up to 107, and twice as many where all are escaped.
const rowsPerStep = 8

// agentRows prints a family over all agents, some slots a call.
func (p *page) agentRows(dst []byte, at int, f *agentFamily) ([]byte, int) {
	if at == 0 {
		dst = f.AppendHead(dst)
	}
	t := p.o.loop.table
	end := min(at+rowsPerStep, t.Slots())
	for ; at < end; at++ {
		if a, ok := t.At(at); ok {
			dst = f.row(p, p.agentLabels(metrics.Sample(dst, f.Name), a), a)
		}
	}
	if at >= t.Slots() {
		return dst, metrics.Done
	}
	return dst, at
}

// agentLabels names an agent: by pid alone where that is a process of this
// machine, as in the original; else with its source. Processes may use several
// sockets, so those of all but the first are told apart as well.
func (p *page) agentLabels(r metrics.Row, a *watch.Agent) metrics.Row {
	if a.Source() != 0 || len(p.o.c.Sockets) == 0 {
		r = r.Label("source", p.o.loop.labels[a.Source()])
	}
	return r.LabelUint("pid", uint64(a.PID()))
}

// each prints a family over n sources or lines, one a call.
//
//go:noinline
func each(f *metrics.Family, n int, rows func(dst []byte, i int) []byte) metrics.Section {
	return func(dst []byte, at int) ([]byte, int) {
		if at == 0 {
			dst = f.AppendHead(dst)
		}
		if at < n {
			dst = rows(dst, at)
			at++
		}
		if at >= n {
			return dst, metrics.Done
		}
		return dst, at
	}
}

// families prints a list of families, one a call.
//
//go:noinline
func (p *page) families(list []family) metrics.Section {
	return func(dst []byte, at int) ([]byte, int) {
		dst = list[at].append(p, dst)
		if at++; at == len(list) {
			return dst, metrics.Done
		}
		return dst, at
	}
}
