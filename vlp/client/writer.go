package client

import (
	"io"
	"time"
)

// writerPatience is how long a Write may take that can be told so. At 1200 baud
// a line takes 12 of the largest frame's 68 bytes in it; the kernel's buffer, of
// 4 KiB, takes the rest at once.
const writerPatience = 100 * time.Millisecond

// writer writes frames into a stream.
type writer struct {
	w     io.Writer
	until interface{ SetWriteDeadline(time.Time) error } // nil: it has none
}

func newWriter(w io.Writer) *writer {
	until, _ := w.(interface{ SetWriteDeadline(time.Time) error })
	return &writer{w: w, until: until}
}

func (w *writer) connect() Outcome { return Outcome{} }
func (w *writer) close() error     { return nil }

// send writes a frame. A frame that was cut short is noise to the observer.
func (w *writer) send(frame []byte) (Outcome, bool) {
	if w.until != nil {
		// os.ErrNoDeadline of a file that has none is no reason not to write.
		_ = w.until.SetWriteDeadline(time.Now().Add(writerPatience))
	}
	n, err := w.w.Write(frame)
	if err == nil && n < len(frame) {
		err = io.ErrShortWrite
	}
	return outcomeOf(err), n > 0
}
