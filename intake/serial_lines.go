package intake

import (
	"time"

	"vlpd/event"
	"vlpd/lean"
	"vlpd/vlp"
)

// Change is the new state of one line.
type Change struct {
	Line int    // index in the order of NewLines
	Up   bool   //
	Code uint16 // up: event.LineOpened, LineReplaced, LineRestored; down: LineMissing, LineHangup or an errno
	Baud int    // speed the driver confirmed; 0 if down or unknown
	fd   int
}

// Opened reports whether the line has come up, with a new descriptor.
func (c Change) Opened() bool { return c.Up && c.Code != event.LineRestored }

// Places are where the kernel shows devices.
type Places struct {
	Sys string // sysfs
	Dev string // device nodes

	// Open opens a node, nil is open(2). A process that gave its rights away may
	// have kept some for this one call.
	Open func(path string, flags int) (fd int, err error)
}

// SystemPlaces are /sys and /dev.
var SystemPlaces = Places{Sys: "/sys", Dev: "/dev"}

// Lines keeps serial lines open. Whatever may block, or take the seconds that
// a USB adapter can take, happens in a goroutine per line, so that one bad
// adapter holds up neither the loop nor another line. The loop hears of it by
// a ring at its doorbell and asks Next; it owns a line's descriptor from the
// Change that says up until it calls Release.
//
//	for c, ok := lines.Next(); ok; c, ok = lines.Next() {
//		if c.Opened() { poller.Add(lines.Line(c.Line).FD(), EPOLLIN, token) }
//		...
//	}
//
//	n, down := line.Read()
//	if down != 0 { poller.Del(line.FD()); lines.Release(i) }
//
// A line that is down costs no wake-up: it is tried again when something
// happens to its node, and by a timer only as the type retry says.
type Lines struct {
	lines   []Line
	openers []opener
	changes chan Change
	stop    chan struct{}
	nodes   *nodes // nil if blind
	blind   error
	running int           // goroutines
	ended   chan struct{} // one from each
}

// NewLines starts to open all lines and returns at once. ring is called from
// other goroutines whenever Next has news, until Close has reported true. It
// fails for a device that ParseLine would not have taken, and for a relative
// path if the working folder is gone.
func NewLines(cfgs []LineConfig, ring func(), places Places) (*Lines, error) {
	ls := &Lines{
		lines:   make([]Line, len(cfgs)),
		openers: make([]opener, len(cfgs)),
		// Room for all to speak at once; who finds it full waits, and may.
		changes: make(chan Change, 2*len(cfgs)),
		stop:    make(chan struct{}),
		ended:   make(chan struct{}, len(cfgs)+1),
	}
	for i, c := range cfgs {
		o, err := newOpener(c, places)
		if err != nil {
			return nil, err
		}
		o.index, o.ring, o.changes, o.stop = i, ring, ls.changes, ls.stop
		ls.lines[i] = Line{Config: c, scanner: vlp.NewScanner(), fd: -1, doubt: o.doubt}
		ls.openers[i] = o
	}
	ls.start()
	return ls, nil
}

// start sets everything going. Without inotify the lines go on, by timer.
func (ls *Lines) start() {
	if len(ls.lines) == 0 {
		return
	}
	if ls.nodes, ls.blind = newNodes(); ls.blind == nil {
		ls.spawn(ls.nodes.run)
	}
	for i := range ls.openers {
		o := &ls.openers[i]
		o.nodes = ls.nodes
		ls.spawn(o.run)
	}
}

func (ls *Lines) spawn(run func()) {
	ls.running++
	go func() {
		run()
		ls.ended <- struct{}{}
	}()
}

// Blind tells why no folder can be watched, so that missing lines are looked
// for every few seconds instead; nil when all is well.
func (ls *Lines) Blind() error { return ls.blind }

// Line is the i-th line, in the order of NewLines.
func (ls *Lines) Line(i int) *Line { return &ls.lines[i] }

// Next returns the next change, if there is one, after it was applied to its
// line. It never waits.
func (ls *Lines) Next() (Change, bool) {
	for {
		select {
		case c := <-ls.changes:
			l := &ls.lines[c.Line]
			switch {
			case c.Opened():
				l.raise(c)
			case c.Up && l.fd < 0:
				continue // it hung up while its settings were restored
			}
			return c, true
		default:
			return Change{}, false
		}
	}
}

// Release gives the descriptor of a dead line back to be closed, and has the
// line opened again. Half a frame is dropped and counts as skipped. The epoll
// set must have let go of the descriptor before.
func (ls *Lines) Release(i int) {
	if ls.lines[i].fd < 0 {
		return
	}
	ls.lines[i].lower()
	poke(ls.openers[i].release)
}

// Close gives everything back, waiting for it at most as long as wait: a
// driver may take its time to close, and the kernel closes for us at exit. It
// reports whether all was done. The loop must not use any line any more.
func (ls *Lines) Close(wait time.Duration) bool {
	close(ls.stop)
	if ls.nodes != nil {
		ls.nodes.close()
	}
	alarm := lean.NewAlarm(wait)
	for ; ls.running > 0; ls.running-- {
		select {
		case <-ls.ended:
		case <-alarm.C:
			return false
		}
	}
	return true
}
