// Package diag writes what people should know to stderr, one line an event,
// without ever making the caller wait for whoever reads it.
//
// A serial console at 9600 baud, a full pipe or a stopped terminal blocks
// write(2) for seconds. So a line is only copied into a buffer under a lock
// that is never held across a system call; a goroutine of its own writes it.
// When the reader is too slow and the buffer is full, lines are dropped, and as
// soon as there is room again a line says how many. Nothing is cut short: a line
// is written whole or not at all.
//
// The form is varta-watch's: one JSON object a line, or plain text behind the
// program's name.
package diag

import (
	"strconv"
	"sync"
	"time"
	"unsafe"

	"vlpd/lean"
)

// Level says how much a line matters.
type Level uint8

// The levels, with the original's words.
const (
	Info Level = iota
	Warn
	Error
)

func (l Level) String() string { return [...]string{"info", "warn", "error"}[l] }

// bufferBytes bounds what waits for a slow reader: several screens of 80
// columns, twice (one half is being written while the other fills).
const bufferBytes = 8 << 10

// Options says how lines look and where they go.
type Options struct {
	JSON    bool
	Name    string                      // the program's name in front of plain text
	Session string                      // 16 hex digits, in every JSON line
	Write   func(p []byte) (int, error) // may block; called by the writer goroutine alone
	Wall    func() time.Time
}

// Log takes lines from any goroutine.
type Log struct {
	o    Options
	wake chan struct{}
	done chan struct{}

	mu      sync.Mutex
	filling []byte
	spare   []byte
	dropped uint64
	closed  bool
}

// New starts the writer goroutine; Close ends it.
func New(o Options) *Log {
	l := &Log{o: o, wake: make(chan struct{}, 1), done: make(chan struct{}),
		filling: make([]byte, 0, bufferBytes), spare: make([]byte, 0, bufferBytes)}
	go l.run()
	return l
}

// Say queues one line. It does not block and does not allocate as long as msg
// was not made for it.
func (l *Log) Say(level Level, msg string) { l.say(level, msg, fields{}) }

// SayBytes is Say for a text that the caller goes on using.
func (l *Log) SayBytes(level Level, msg []byte) {
	// No copy: the string does not outlive the call.
	l.say(level, unsafe.String(unsafe.SliceData(msg), len(msg)), fields{})
}

// SayRecovery is SayBytes with the pids of the agent and of a child as fields
// of their own in JSON, unless 0, and with an error as SayError has it, unless "".
func (l *Log) SayRecovery(level Level, msg []byte, pid, child uint32, errText string) {
	l.say(level, unsafe.String(unsafe.SliceData(msg), len(msg)), fields{pid, child, errText})
}

// SayError is Say with the error behind a colon, and in JSON as a field of its
// own too: the original's lines have it in both places.
func (l *Log) SayError(level Level, msg string, err error) {
	l.say(level, msg, fields{errText: err.Error()})
}

// fields are what a line may say beside its text.
type fields struct {
	pid, child uint32
	errText    string
}

func (l *Log) say(level Level, msg string, f fields) {
	now := l.o.Wall().UnixNano()
	l.mu.Lock()
	before := len(l.filling)
	if l.dropped > 0 {
		l.filling = l.append(l.filling, now, Warn, "", l.dropped, fields{})
	}
	l.filling = l.append(l.filling, now, level, msg, 0, f)
	if len(l.filling) > bufferBytes && before > 0 {
		l.filling = l.filling[:before]
		l.dropped++
	} else {
		l.dropped = 0
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

func (l *Log) append(dst []byte, now int64, level Level, msg string, dropped uint64, f fields) []byte {
	if l.o.JSON {
		dst = lean.Add(dst, `{"ts_ns":`)
		dst = strconv.AppendInt(dst, now, 10)
		dst = lean.Add(dst, `,"session_id":"`)
		dst = lean.Add(dst, l.o.Session)
		dst = lean.Add(dst, `","level":"`)
		dst = lean.Add(dst, level.String())
		dst = lean.Add(dst, `","msg":"`)
		dst = appendMessage(dst, msg, dropped, f.errText, appendJSON)
		dst = append(dst, '"')
		if f.pid != 0 {
			dst = strconv.AppendUint(lean.Add(dst, `,"pid":`), uint64(f.pid), 10)
		}
		if f.child != 0 {
			dst = strconv.AppendUint(lean.Add(dst, `,"child_pid":`), uint64(f.child), 10)
		}
		if f.errText != "" {
			dst = lean.Add(dst, `,"error":"`)
			dst = appendJSON(dst, f.errText)
			dst = append(dst, '"')
		}
		return lean.Add(dst, "}\n")
	}
	dst = lean.Add(dst, l.o.Name)
	dst = lean.Add(dst, ": ")
	if level != Info {
		dst = lean.Add(dst, level.String())
		dst = lean.Add(dst, ": ")
	}
	return append(appendMessage(dst, msg, dropped, f.errText, appendPlain), '\n')
}

func appendMessage(dst []byte, msg string, dropped uint64, errText string, escape func([]byte, string) []byte) []byte {
	if dropped == 0 {
		dst = escape(dst, msg)
		if errText != "" {
			dst = escape(lean.Add(dst, ": "), errText)
		}
		return dst
	}
	dst = strconv.AppendUint(dst, dropped, 10)
	return lean.Add(dst, " lines lost: stderr was not read")
}

// run writes one half while the other fills.
func (l *Log) run() {
	defer close(l.done)
	for {
		l.mu.Lock()
		if len(l.filling) == 0 && l.dropped > 0 { // nobody came to say so in front of a line
			l.filling = l.append(l.filling, l.o.Wall().UnixNano(), Warn, "", l.dropped, fields{})
			l.dropped = 0
		}
		out, closed := l.filling, l.closed
		l.filling = l.spare[:0]
		l.mu.Unlock()
		if len(out) > 0 {
			l.o.Write(out) // nobody is left to tell when stderr itself fails
		}
		l.spare = out[:0]
		if len(out) == 0 {
			if closed {
				return
			}
			<-l.wake
		}
	}
}

// Close writes what waits and returns, or gives up after the given time, for
// a reader that has gone away must not hold up the stop.
func (l *Log) Close(timeout time.Duration) {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default:
	}
	select {
	case <-l.done:
	case <-lean.NewAlarm(timeout).C:
	}
}
