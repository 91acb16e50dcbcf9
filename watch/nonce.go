package watch

import "vlpd/vlp"

const (
	wrapSpan = 1 << 20 // how near the ends both nonces of a wrap must be (the original's rule)
	maxStep  = 16      // how far apart the two frames of a restart may be: noise that ate one may eat more
)

// ruling is what a frame's nonce says, as drawn up in the package comment.
type ruling uint8

const (
	stale   ruling = iota // at or below the stored nonce: dropped
	copied                // the last frame again: dropped
	onward                // the session goes on
	wrapped               // the session goes on past the end of the nonces, or behind a panic frame
	session               // another session begins
)

// fall is a frame whose nonce fell, kept until the next one tells why.
type fall struct {
	nonce, timestamp uint64
}

// rule judges f by the agent's last frame. It reads and changes nothing but
// the agent and the fall kept for it.
func (t *Table) rule(i uint32, f *vlp.Frame, silenceNS int64) ruling {
	a := &t.slots[i]
	switch wraps := wraps(a.nonce, f.Nonce); {
	case a.state&isFresh != 0:
		return session
	case f.Nonce > a.nonce:
		return onward
	case t.offered:
		return session
	case a.repeats(f):
		return copied
	case f.Nonce == 1 && (wraps || t.mayRestart(a, silenceNS)):
		return session
	case wraps, a.state&hasPanic != 0 && f.Nonce > t.falls[i].nonce && f.Nonce != vlp.Terminal:
		return wrapped
	case t.mayContinue(a, silenceNS) && t.continues(i, f):
		return session
	}
	return stale
}

// wraps reports whether a sequence at stored may go on at next.
func wraps(stored, next uint64) bool {
	return stored >= vlp.Terminal-wrapSpan && next < wrapSpan
}

// mayRestart reports whether nonce 1 alone proves a restart: only where an old
// frame 1 could be sent again by somebody else does silence have to vouch; where
// frames are sealed the seal does, see ObserveSealed.
func (t *Table) mayRestart(a *Agent, silenceNS int64) bool {
	kind := t.kinds[a.source]
	switch {
	case kind.isSealed():
		return false
	case kind == Net:
		return silenceNS >= t.live[a.class].thresholdNS
	}
	return true
}

// mayContinue reports whether two frames that follow each other can prove a
// restart whose first frame was not taken. Where another could send old frames
// again, or a process beats twice over, silence has to vouch as well.
func (t *Table) mayContinue(a *Agent, silenceNS int64) bool {
	kind := t.kinds[a.source]
	switch {
	case kind.isSealed():
		return false
	case kind == Wire:
		return true
	}
	return silenceNS >= t.live[a.class].thresholdNS
}

// continues reports whether f follows the fall kept for slot i. If not, f is
// the fall from now on.
func (t *Table) continues(i uint32, f *vlp.Frame) bool {
	a, kept := &t.slots[i], &t.falls[i]
	if a.state&hasFallen != 0 && f.Timestamp >= kept.timestamp &&
		f.Nonce > kept.nonce && f.Nonce-kept.nonce <= maxStep {
		return true
	}
	*kept = fall{f.Nonce, f.Timestamp}
	a.state = a.state&^hasPanic | hasFallen
	return false
}

// skipped is how many nonces the agent must have used between its last
// accepted frame, or the fall that f continues, and f.
func (t *Table) skipped(i uint32, f *vlp.Frame, r ruling) uint64 {
	a := &t.slots[i]
	if !t.kinds[a.source].isWire() || f.Nonce == vlp.Terminal || a.state&isFresh != 0 {
		return 0
	}
	switch {
	case r == onward:
		return f.Nonce - a.nonce - 1
	case r == wrapped && a.nonce != vlp.Terminal:
		return vlp.Terminal - 1 - a.nonce + f.Nonce
	case r == session && f.Nonce != 1 && a.state&hasFallen != 0:
		return f.Nonce - t.falls[i].nonce - 1
	}
	return 0
}
