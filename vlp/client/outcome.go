package client

import (
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"
)

// Result is what became of a beat.
type Result uint8

// The results. Dropped ones are the observer's or the kernel's doing and pass;
// Failed is for what is wrong here, such as a socket we may not write to.
const (
	Sent        Result = iota // the kernel has it; over UDP that proves nothing more
	QueueFull                 // the observer does not fetch: EAGAIN, ENOBUFS, or a write that took too long
	NoObserver                // nobody is there: ECONNREFUSED, ENOENT
	PeerGone                  // somebody was there: ECONNRESET, ENOTCONN, EPIPE
	StorageFull               // ENOSPC
	Failed                    // anything else
)

var resultWords = [...]string{
	"sent", "dropped: kernel queue full", "dropped: no observer", "dropped: peer gone", "dropped: storage full", "failed",
}

// String returns the words that the clients of other languages use.
func (r Result) String() string {
	if int(r) < len(resultWords) {
		return resultWords[r]
	}
	return "result " + strconv.Itoa(int(r))
}

// Outcome is the result of a beat and the error behind it, if there is one.
// There is no need to look at it: the next beat tries again in any case.
type Outcome struct {
	Result Result
	Err    error // nil if Sent; else as a rule a syscall.Errno
}

// Sent reports that the beat is on its way.
func (o Outcome) Sent() bool { return o.Result == Sent }

// Dropped reports that the beat was not sent for a reason that passes.
func (o Outcome) Dropped() bool { return o.Result != Sent && o.Result != Failed }

// String is for logs, as in "dropped: no observer (connection refused)".
func (o Outcome) String() string {
	if o.Err == nil {
		return o.Result.String()
	}
	return o.Result.String() + " (" + o.Err.Error() + ")"
}

// What Beat can have against its caller; test with errors.Is.
var (
	ErrClosed = errors.New("client is closed")
	ErrStatus = errors.New("status is none that an agent may send (expected OK, Degraded or Critical)")
)

// errno classifies what a system call said.
func errno(e syscall.Errno) Outcome {
	switch e {
	case 0:
		return Outcome{}
	case syscall.EAGAIN, syscall.ENOBUFS:
		return Outcome{QueueFull, e}
	case syscall.ECONNREFUSED, syscall.ENOENT:
		return Outcome{NoObserver, e}
	case syscall.ECONNRESET, syscall.ENOTCONN, syscall.EPIPE:
		return Outcome{PeerGone, e}
	case syscall.ENOSPC:
		return Outcome{StorageFull, e}
	}
	return Outcome{Failed, e}
}

// outcomeOf classifies the error of a writer. What it wraps is looked at too.
func outcomeOf(err error) Outcome {
	if err == nil {
		return Outcome{}
	}
	if e, ok := err.(syscall.Errno); ok { // of connect(2), at each beat while nobody is there
		return errno(e)
	}
	var e syscall.Errno // on the heap, so not before
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Outcome{QueueFull, err}
	case errors.As(err, &e):
		return Outcome{errno(e).Result, err}
	case errors.Is(err, io.ErrClosedPipe):
		return Outcome{PeerGone, err}
	}
	return Outcome{Failed, err}
}
