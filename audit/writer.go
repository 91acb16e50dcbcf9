package audit

import (
	"strconv"

	"vlpd/sink"
)

// lineRoom bounds a line: two paths, or an escaped text, and all around them.
const lineRoom = 2*textMost + 1024

// writer is the log's other end: a state machine without a goroutine of its
// own. step does all that can be done; what it calls may block.
//
// What must hold, whatever fails: a record is in the ring or in pending until
// it is synced. safe is where the file is on the disk for certain, at is where
// the next line goes, and pending[:written] are the lines between. A failed
// sync goes back to safe: the file is cut there and the lines are written once
// more, the same bytes, since seq and chain follow from the place. A sync that
// succeeds then covers pages that were written anew, not those that the kernel
// gave up (fsync(2); asking again would succeed over nothing).
type writer struct {
	o     Options
	names sink.Names
	front *front
	stats *Stats
	lines lines
	line  []byte
	now   int64

	pending []record
	written int
	told    uint32 // records dropped that a record tells of

	saidLost uint32 // of these, those that people were told of
	saidAt   int64
	at       place
	safe     place
	counted  uint64 // highest seq that Stats.Records counts
	since    int64  // when the oldest line behind safe was written

	file    sink.File // nil: none is open
	linked  bool      // it had a name when it was opened
	torn    bool      // the file may be longer than at.size
	length  int64     // what it must have, unless somebody else was at it
	unsure  bool      // it holds lines of an earlier run that may not be on the disk
	replace bool      // nothing may be appended to it: a new generation is due
	base    int64     // size behind the boot record of a file that was begun here
	dirDue  bool      // the folder must be synced before anything counts as synced
	turn    turn      // rotation under way
	halved  bool      // a rename failed: both its names may be there
	began   int64     // when

	unsyncable bool // no fdatasync here, as was said
	trouble    trouble
	closing    bool
	ended      bool
}

func newWriter(o Options, f *front) (*writer, error) {
	n, err := sink.NewNames(o.Path, o.Generations)
	if err != nil {
		return nil, err
	}
	w := &writer{o: o, names: n, front: f, stats: &f.stats, now: o.Clock()}
	w.lines = lines{header: headerOf(o.Key), pid: o.PID, agent: o.Agent, names: &f.names, tails: f.tails, chain: newChain(o.Key)}
	w.line = make([]byte, 0, lineRoom)
	w.pending = make([]record, 0, unsyncedRecords+headRecords)
	return w, nil
}

// step goes as far as it can and returns when it must be called again; 0: not
// before something happens.
func (w *writer) step() int64 {
	w.now = w.o.Clock()
	w.closing = w.front.closing.Load()
	for w.advance() {
	}
	w.end()
	return w.wakeAt()
}

// advance does the next thing. It returns false when there is none, or none
// can be done now.
func (w *writer) advance() bool {
	switch {
	case w.pausing() || w.givenUp():
		return false
	case w.turn != turnNone:
		return w.rotate()
	case w.file == nil:
		return w.open()
	case w.torn:
		return w.cut()
	case w.headUnsynced() || w.full():
		return w.sync()
	case w.written < len(w.pending):
		return w.write()
	case w.fill():
		return true
	case w.due():
		return w.sync()
	case w.front.reopen.Load() && w.written == 0:
		w.front.reopen.Store(false)
		w.letGo()
		return true
	}
	return false
}

// fill takes what waits in the ring, as far as there is room in pending. A
// loss becomes a record where it happened, so each may bring one more.
func (w *writer) fill() bool {
	dropped := uint32(w.stats.Dropped.Load()) // before the ring is looked at
	a, b := w.front.ring.Claim((unsyncedRecords - len(w.pending)) / 2)
	if len(a) == 0 {
		return w.tell(dropped, w.o.WallMS())
	}
	for _, records := range [2][]record{a, b} {
		for i := range records {
			w.tell(records[i].dropped, records[i].wallMS)
			w.pending = append(w.pending, records[i])
		}
	}
	w.front.ring.Release()
	return true
}

// tell appends a record of those dropped since the last one.
func (w *writer) tell(dropped uint32, wallMS int64) bool {
	n := dropped - w.told
	if n == 0 {
		return false
	}
	w.told = dropped
	w.pending = append(w.pending, record{kind: refused, word: uint8(lostRecords), value: n, wallMS: wallMS})
	w.sayLost(false)
	return true
}

// sayLost tells how many records found no room so far: the first loss at once,
// later ones once a second, the last at the end.
func (w *writer) sayLost(last bool) {
	if w.told == w.saidLost || !last && w.saidLost != 0 && w.now-w.saidAt < 1e9 {
		return
	}
	w.saidLost, w.saidAt = w.told, w.now
	w.o.Say(sink.Error, strconv.FormatUint(uint64(w.told), 10)+" records or outputs of commands found no room so far")
}

// end ends the writer once it is told to, when nothing is left to store, or
// when the disk has failed often enough.
func (w *writer) end() {
	idle := len(w.pending) == 0 && w.front.ring.Len() == 0 && w.told == uint32(w.stats.Dropped.Load()) && w.turn == turnNone
	if !w.closing || !idle && !w.givenUp() {
		return
	}
	w.ended = true
	w.sayLost(true)
	if w.file != nil {
		w.file.Close()
	}
}

// wakeAt returns when there is something to do although nothing happens. An
// idle log is never woken.
func (w *writer) wakeAt() int64 {
	switch {
	case w.closing:
		return w.now + closingPauseNS
	case w.pausing():
		return w.trouble.retryAt
	case w.written > 0 && w.o.SyncInterval > 0:
		return w.since + int64(w.o.SyncInterval)
	}
	return 0
}
