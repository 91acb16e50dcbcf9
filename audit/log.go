package audit

import (
	"errors"
	"strconv"
	"time"

	"vlpd/lean"
)

// Log is the audit log. One goroutine, the loop, calls Command, Spawn,
// Complete, Refused and SpawnFailed, of which only the first ever allocates;
// the rest is for anybody.
type Log struct {
	front
	ended chan struct{} // closed when the writer has ended
}

// Open opens or creates o.Path, cuts a torn tail, finds out where seq and chain
// go on, and writes the boot record, whose sync it does not wait for: the flash
// may hang (but see sink.Steady, of f2fs). The error names the path. A boot
// record that cannot be written is no error: the log says so and tries again,
// as it does later on.
func Open(o Options) (*Log, error) {
	o = o.withDefaults()
	l := &Log{ended: make(chan struct{})}
	l.front.init(&o)
	w, err := begin(o, &l.front)
	if err != nil {
		return nil, err
	}
	w.writeHead()
	go l.run(w)
	return l, nil
}

// begin makes the writer, ready for its first step.
func begin(o Options, f *front) (*writer, error) {
	w, err := newWriter(o, f)
	if err != nil {
		return nil, lean.Wrap("audit log", err)
	}
	if p, err := w.names.Fit(o.FS); err != nil {
		return nil, callError("faccessat", p, err)
	}
	w.names.FindMount(o.FS)
	w.parted()
	file, err := o.FS.OpenFile(w.names.Path, true)
	if err != nil {
		return nil, callError("open", w.names.Path, err)
	}
	if call, err := w.takeUp(file); err != nil {
		file.Close()
		return nil, callError(call, w.names.Path, err)
	}
	return w, nil
}

// run is the writer's goroutine.
func (l *Log) run(w *writer) {
	alarm := lean.NewAlarm(time.Hour)
	for {
		next := w.step()
		if w.ended {
			break
		}
		alarm.Stop()
		if next > 0 {
			alarm.Set(time.Duration(next - w.now))
		}
		select {
		case <-l.wake:
		case <-alarm.C:
		}
	}
	close(l.ended)
}

// Reopen has the path opened anew, soon, for whoever has moved the file away.
func (l *Log) Reopen() {
	l.reopen.Store(true)
	l.poke()
}

// ErrUnstored is what Close returns, with a number, when records could not be stored.
var ErrUnstored = errors.New("audit records could not be stored")

// Close writes and syncs what was recorded and closes the file, or gives up
// when the disk keeps failing, or after timeout. Its error wraps ErrUnstored
// and says how many records are not known to be on the disk. Nothing may be
// recorded after it. It may be called again, to wait longer.
func (l *Log) Close(timeout time.Duration) error {
	l.closing.Store(true)
	l.poke()
	alarm := lean.NewAlarm(timeout)
	defer alarm.Stop()
	why := ""
	select {
	case <-l.ended:
	case <-alarm.C:
		why = " in " + strconv.FormatInt(timeout.Milliseconds(), 10) + " ms: the disk does not answer"
	}
	left := l.taken.Load() - l.done.Load()
	if left == 0 && why == "" {
		return nil
	}
	return lean.Mark(strconv.FormatUint(left, 10)+" "+ErrUnstored.Error()+why, ErrUnstored)
}
