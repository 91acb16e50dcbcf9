package observer

import (
	"vlpd/intake"
	"vlpd/limit"
	"vlpd/watch"
)

// refusals bounds how many refused datagrams a sender may have counted by
// their fault and written to the log: as many as beats. Its agent is not known,
// so the limit is that of the process which the kernel names. Two processes may
// share a place; then they share what they may send wrong.
type refusals struct {
	intervalNS int64
	next       [256]int64 // by a hash of the pid
}

// refusalBurst is how many may come at once.
const refusalBurst = 10

// tooFast says by which limit a datagram of that sender is dropped unseen;
// Accepted if by none.
func (l *loop) tooFast(pid uint32) intake.Reason {
	r := &l.refusals
	place := &r.next[pid*0x9e3779b1>>24] // Fibonacci hashing
	if !limit.Allow(place, l.now, 0, r.intervalNS, limit.Tolerance(r.intervalNS, refusalBurst)) {
		return intake.AgentRate
	}
	if l.table.Admit(l.now) != watch.Accepted {
		return intake.GlobalRate
	}
	return intake.Accepted
}
