package watch

import (
	"math"
	"unsafe"

	"vlpd/event"
	"vlpd/vlp"
)

// Agent is one thing that beats. The table owns it; a pointer from At or Find
// is good for reading until the next Observe. Its 64 bytes hold no pointer and
// are one cache line.
type Agent struct {
	nonce     uint64 // of the last accepted frame, as are the next two
	timestamp uint64
	rawNS     int64 // when it was accepted, on the raw clock
	seenNS    int64 // the same on the observed clock
	beats     uint64
	pid       uint32
	payload   uint32 // of the last accepted frame
	stalls    uint32
	restarts  uint32
	_         uint32
	source    uint16
	class     uint8
	state     state
}

// state packs a vlp.Status into its two low bits and what else is true of the
// slot above them.
type state uint8

const (
	statusMask state = 3
	isStalled  state = 1 << 2 // silent past its threshold
	isFresh    state = 1 << 3 // the next beat begins a session, whatever its nonce
	hasFallen  state = 1 << 4 // the table's falls hold a frame for this slot
	hasPanic   state = 1 << 5 // they hold the last nonce before the terminal one
	isVouched  state = 1 << 6 // somebody has judged who beats, and nobody else can until Unvouch
)

// The sizes every target must agree on; a mismatch does not compile.
var (
	_ [64]byte = [unsafe.Sizeof(Agent{})]byte{}
	_ [8]byte  = [unsafe.Sizeof(link{})]byte{}
	_ [16]byte = [unsafe.Sizeof(fall{})]byte{}
)

func (a *Agent) Source() uint16 { return a.source } // index into Config.Kinds
func (a *Agent) PID() uint32    { return a.pid }
func (a *Agent) Class() uint8   { return a.class } // index into Config.Thresholds

// Status is what the last accepted frame said; Stalled comes on top of it.
func (a *Agent) Status() vlp.Status { return vlp.Status(a.state & statusMask) }
func (a *Agent) Stalled() bool      { return a.state&isStalled != 0 }
func (a *Agent) Nonce() uint64      { return a.nonce } // of the last accepted frame

// LastNS is the raw clock reading at which the last accepted frame came.
func (a *Agent) LastNS() int64 { return a.rawNS }

// Counts since the agent took its slot. All but Beats stop at their maximum.
func (a *Agent) Beats() uint64    { return a.beats }
func (a *Agent) Stalls() uint32   { return a.stalls }
func (a *Agent) Restarts() uint32 { return a.restarts }

// take makes f the last accepted frame. Of the marks only isVouched outlives it.
func (a *Agent) take(f *vlp.Frame, rawNS, seenNS int64) {
	a.nonce, a.timestamp, a.payload = f.Nonce, f.Timestamp, f.Payload
	a.rawNS, a.seenNS = rawNS, seenNS
	a.state = state(f.Status)&statusMask | a.state&isVouched
	a.beats++
}

// news says what the accepted frame f tells that the one before did not, as
// the Code of a beat.
func (a *Agent) news(f *vlp.Frame, r ruling) (code uint16) {
	if r == session || a.Stalled() {
		code |= event.BeatFirst
	}
	if f.Status != a.Status() {
		code |= event.BeatStatus
	}
	return code
}

// repeats reports whether f is the last accepted frame once more.
func (a *Agent) repeats(f *vlp.Frame) bool {
	return f.Nonce == a.nonce && f.Timestamp == a.timestamp &&
		f.Payload == a.payload && f.Status == a.Status()
}

// add32 and add64 stop at the maximum instead of starting again.
func add32(counter *uint32, n uint64) {
	*counter += uint32(min(n, uint64(math.MaxUint32-*counter)))
}

func add64(counter *uint64, n uint64) {
	*counter += min(n, math.MaxUint64-*counter)
}
