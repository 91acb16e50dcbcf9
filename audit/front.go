package audit

import (
	"strconv"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"vlpd/ring"
	"vlpd/sink"
)

// front is the loop's end of the log. Its plain fields belong to the loop.
type front struct {
	ring    *ring.Ring[record]
	tails   *tails // nil: output is not kept
	names   commands
	wallMS  func() int64
	say     func(sink.Level, string)
	marks   [2]mark
	dropped uint32 // Stats.Dropped, as records carry it

	taken   atomic.Uint64 // records in the ring so far
	done    atomic.Uint64 // the writer's: of these, those it is rid of
	closing atomic.Bool   // asked of the writer
	reopen  atomic.Bool   // likewise
	wake    chan struct{} // one slot
	stats   Stats
}

// mark is a watermark of the ring: counted and said when it is passed upwards.
type mark struct {
	slots   int
	level   sink.Level
	text    string
	counter *atomic.Uint64
	above   bool
}

func (f *front) init(o *Options) {
	f.ring = ring.New[record](o.Queue)
	if o.Tails > 0 {
		f.tails = newTails(o.Tails)
	}
	f.wallMS, f.say = o.WallMS, o.Say
	f.wake = make(chan struct{}, 1)
	size := f.ring.Cap()
	f.marks[0] = newMark(size, 75, sink.Warn, "drain not keeping up")
	f.marks[0].counter = &f.stats.WatermarkWarn
	f.marks[1] = newMark(size, 95, sink.Error, "records will start dropping")
	f.marks[1].counter = &f.stats.WatermarkCritical
}

// newMark makes the mark at percent of size slots.
//
//go:noinline
func newMark(size, percent int, level sink.Level, text string) mark {
	slots := (size*percent + 99) / 100
	return mark{slots: slots, level: level, text: "audit ring >= " + strconv.Itoa(percent) + "% full (" +
		strconv.Itoa(slots) + "/" + strconv.Itoa(size) + "); " + text}
}

// Command returns the number under which spawn records know a command: its
// program, and `inline` or the file that it came from. It is for starts and for
// a configuration read anew: it allocates, and forgets nothing.
func (f *front) Command(program, source string) uint32 { return f.names.add(program, source) }

// Spawn records that a child was started. length is that of program and
// arguments, joined with single blanks.
func (f *front) Spawn(a Agent, child, command, length uint32) {
	f.put(&record{kind: spawn, source: a.Source, id: a.ID, child: child, at: command, value: length})
}

// Complete records how a child ended, and before that what it said last.
func (f *front) Complete(a Agent, child uint32, e End) {
	if len(e.Tail) > 0 && f.tails != nil {
		f.output(a, child, e.Tail)
	}
	r := record{kind: complete, source: a.Source, id: a.ID, child: child, word: uint8(e.Outcome),
		value: uint32(e.Status), ns: e.DurationNS, stdout: e.Stdout, stderr: e.Stderr}
	if e.Truncated {
		r.word |= truncatedFlag
	}
	f.put(&r)
}

// output leaves the last slot to the complete record, which matters more.
func (f *front) output(a Agent, child uint32, text []byte) {
	at, n, ok := uint32(0), uint32(0), false
	if f.ring.Used()+1 < f.ring.Cap() {
		at, n, ok = f.tails.put(text)
	}
	if !ok {
		f.drop()
		return
	}
	f.put(&record{kind: output, source: a.Source, id: a.ID, child: child, at: at, value: n})
}

// Refused records that no command was started.
func (f *front) Refused(a Agent, why Reason) {
	f.put(&record{kind: refused, source: a.Source, id: a.ID, word: uint8(why)})
}

// SpawnFailed records that a command could not be started.
func (f *front) SpawnFailed(a Agent, call Call, errno unix.Errno) {
	f.put(&record{kind: refused, source: a.Source, id: a.ID, word: uint8(spawnFailed), value: uint32(errno), at: uint32(call)})
}

// put gives r to the writer. It never blocks and never allocates.
func (f *front) put(r *record) {
	r.wallMS = f.wallMS()
	r.dropped = f.dropped
	if !f.ring.Put(r) {
		f.drop()
		return
	}
	f.taken.Add(1) // before the writer can be done with it
	f.ring.Publish()
	used := f.ring.Used()
	for i := range f.marks {
		f.marks[i].pass(used, f.say)
	}
	f.poke()
}

func (m *mark) pass(used int, say func(sink.Level, string)) {
	above := used >= m.slots
	if above && !m.above {
		m.counter.Add(1)
		say(m.level, m.text)
	}
	m.above = above
}

// drop counts a record that does not fit. The next one that does carries the
// count; if none comes, the writer looks it up when the ring is empty.
func (f *front) drop() {
	f.dropped++
	f.stats.Dropped.Add(1)
	f.poke()
}

// poke may be called from any goroutine. A full slot means that the writer has
// not looked yet since the last one.
func (f *front) poke() {
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// Stats returns the counters.
func (f *front) Stats() *Stats { return &f.stats }
