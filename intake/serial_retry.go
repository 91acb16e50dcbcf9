package intake

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// retry says when a line that is down is tried again by itself, beside the
// tries that events on its node cause. A node that is not there is waited for
// without a timer. One that is there and cannot be opened is tried soon, since
// udev, mdev and modem probes have a new node to themselves for a moment; then
// ever more rarely: until it works where no event would tell that it might
// (somebody else has it open, a hung-up pty, a static node without a device),
// and for a few seconds where one would (rights).
type retry struct{ tries int }

// delays are the pauses before the tries; the last one repeats.
var delays = [...]time.Duration{
	20 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond,
	200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond,
	1600 * time.Millisecond, 3200 * time.Millisecond, 5 * time.Second,
}

// after returns how long to wait after a try that ended with err; 0 for ever.
// blind is set if events cannot be trusted to come.
func (r *retry) after(err error, blind bool) time.Duration {
	i := min(r.tries, len(delays)-1)
	if !blind && (!worthTrying(err) || (refused(err) && i == len(delays)-1)) {
		return 0
	}
	r.tries++
	return delays[i]
}

// reset begins the series anew.
func (r *retry) reset() { r.tries = 0 }

// worthTrying sorts out what stays as it is until the node is another.
func worthTrying(err error) bool {
	switch errnoOf(err) {
	case unix.ENOENT, unix.ENOTDIR, unix.ENOTTY, unix.ELOOP, unix.ENAMETOOLONG, unix.ENOTUNIQ:
		return false
	}
	return true
}

// refused is a matter of rights, whose change is an IN_ATTRIB.
func refused(err error) bool {
	e := errnoOf(err)
	return e == unix.EACCES || e == unix.EPERM
}

// errnoOf digs out the errno; 0 if there is none.
func errnoOf(err error) unix.Errno {
	e, _ := errors.AsType[unix.Errno](err)
	return e
}

// codeOf is the reason that a failed try gives for the line to be down.
func codeOf(err error) uint16 {
	switch e := errnoOf(err); e {
	case unix.ENOENT, unix.ENOTDIR:
		return event.LineMissing
	case 0:
		return event.LineHangup
	default:
		return uint16(e)
	}
}
