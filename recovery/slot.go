package recovery

import "unsafe"

const none = ^uint32(0) // no slot

// Key names an agent.
type Key struct {
	Source uint16
	PID    uint32
}

// slot is what is known of one agent. The table owns it.
type slot struct {
	dueNS   int64  // of the next attempt; while resting, the end of the debounce
	firedNS int64  // when the last attempt was handed out, if hasFired
	order   uint32 // first come first served among equal dueNS
	attempt uint32 // counts attempts in this slot, whoever's
	pid     uint32
	prev    uint32 // in its list; in a heap, its place there
	next    uint32 // in its list, that of free slots included
	chain   uint32 // next in the same bucket of the index
	source  uint16
	state   state
	marks   marks
	retries uint8 // failures in this silence; stops at its maximum
}

// The size every target must agree on; a mismatch does not compile.
var _ [48]byte = [unsafe.Sizeof(slot{})]byte{}

// state says where a slot is.
type state uint8

const (
	unused    state = iota // in the list of free slots
	scheduled              // in the heap of attempts
	waiting                // in the list of those for whom no child is free
	parked                 // in its line's list
	starting               // handed out by Due, not heard of again yet
	running                // has a child
	spent                  // silent, and nothing more will be tried
	resting                // not silent; in the heap of debounces
)

// marks are what else is true of a slot.
type marks uint8

const (
	isSilent marks = 1 << iota
	isAnew         // this silence began while the child of an earlier one ran
	hasFired       // firedNS is valid
)

func (s *slot) key() Key        { return Key{s.source, s.pid} }
func (s *slot) is(m marks) bool { return s.marks&m != 0 }
func (s *slot) hasChild() bool  { return s.state == starting || s.state == running }

// token names the current attempt of the slot at i. A later attempt, be it of
// another agent in the same slot, has another.
func (s *slot) token(i uint32) uint64 { return uint64(s.attempt)<<32 | uint64(i) }
