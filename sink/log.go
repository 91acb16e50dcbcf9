package sink

import (
	"strconv"
	"time"

	"vlpd/event"
	"vlpd/lean"
	"vlpd/ring"
)

// Log is the event log. One goroutine, the loop, calls Push, Publish, Deadline,
// Tick, Flush and Spare, which never wait and never allocate; the rest is for anybody.
type Log struct {
	front
	ended chan struct{} // closed when the writer has ended
	left  uint64        // rows not stored; valid once ended
}

// Open opens or creates o.Path (0644 & umask), cuts what a crash left at the
// end of it and of its generations, and writes a start row, whose sync it does
// not wait for: the flash may hang (but see Steady, of f2fs). The error names
// the call and the path. What is the medium's fault is none, as observing must
// not end with a card: the log says so and tries again, as it does later on.
func Open(o Options) (*Log, error) {
	o = o.withDefaults()
	l := &Log{ended: make(chan struct{})}
	l.front = front{
		beats: ring.New[event.Record](o.Beats), events: ring.New[event.Record](o.Events),
		kinds: o.SyncKinds, wake: make(chan struct{}, 1),
	}
	g := &syncGoroutine{jobs: make(chan syncJob, 1), results: make(chan syncResult, 1)}
	w, err := begin(o, &l.front)
	if err != nil {
		return nil, err
	}
	w.syncer = g
	w.step(w.now)
	go g.run(&w.o, w.names.Dir, &l.stats)
	go l.run(w, g)
	return l, nil
}

// begin makes the writer, ready for its first step.
func begin(o Options, f *front) (*writer, error) {
	names, err := NewNames(o.Path, o.Generations)
	if err != nil {
		return nil, lean.Wrap("event log", err)
	}
	if p, err := names.Fit(o.FS); err != nil {
		return nil, callError("faccessat", p, err)
	}
	w := newWriter(o, names, f)
	w.now, w.headDue = o.Clock(), true
	w.names.FindMount(o.FS)
	w.parted()
	file, err := o.FS.OpenFile(names.Path, true)
	switch {
	case BadMedium(err):
		w.fail(OpOpen, "open", names.Path, err)
		w.turn = turnCreate
		return w, nil
	case err != nil:
		return nil, callError("open", names.Path, err)
	}
	if err = w.adopt(file); err != nil {
		return nil, callError("fstat", names.Path, err)
	}
	return w, nil
}

// run is the writer's goroutine.
func (l *Log) run(w *writer, g *syncGoroutine) {
	timer := lean.NewAlarm(time.Hour)
	w.repairGenerations()
	for {
		now := w.o.Clock()
		next := w.step(now)
		if w.ended {
			break
		}
		timer.Stop()
		if next > 0 {
			timer.Set(time.Duration(next - now))
		}
		select {
		case <-l.wake:
		case r := <-g.results:
			w.finish(r, w.o.Clock())
		case <-timer.C:
		}
	}
	close(g.jobs)
	l.left = w.left
	close(l.ended)
}

// Stats returns the counters.
func (l *Log) Stats() *Stats { return &l.stats }

// Reopen has the path opened anew and the old file synced and closed, soon.
func (l *Log) Reopen() {
	l.reopen.Store(true)
	l.poke()
}

// Close writes and syncs what was pushed and closes the files, or gives up when
// the disk keeps failing, or after timeout. Its error wraps ErrUnstored and
// says how many rows are not known to be on the disk. Nothing may be pushed
// after it. It may be called again, to wait longer.
func (l *Log) Close(timeout time.Duration) error {
	l.Publish() // whoever pushes has ended
	l.closing.Store(true)
	l.poke()
	timer := lean.NewAlarm(timeout)
	defer timer.Stop()
	select {
	case <-l.ended:
		if l.left > 0 {
			return unstored(l.left, "")
		}
		return nil
	case <-timer.C:
		return unstored(l.stats.waiting(), " in "+strconv.FormatInt(timeout.Milliseconds(), 10)+" ms: the disk does not answer")
	}
}

func unstored(rows uint64, why string) error {
	return lean.Mark(strconv.FormatUint(rows, 10)+" "+ErrUnstored.Error()+why, ErrUnstored)
}
