// Package event says what happened, as one plain value, and how that value
// becomes a row of the event log.
//
// The watcher and the loop make records, the sink stores them. A record holds
// no pointer, so a ring of records is one allocation and the collector never
// looks inside. Kinds, columns and words follow varta-watch 0.2.0's event log
// (six tab-separated columns), extended by the kinds that vlpd adds.
package event

// Kind says what a row is about; it is column 2 of the log.
type Kind uint8

// The kinds, in the order of the original's documentation, then ours.
const (
	Beat Kind = iota
	Stall
	Decode
	IO
	Mismatch
	CTrunc
	Eviction
	Start
	Stop
	Clock
	Recovered
	Session
	Exit
	Line
	Lost
	Kinds // how many there are
)

// Record is one event. 40 bytes on every target.
//
// What ID, Nonce, Value and Code mean depends on Kind:
//
//	kind       ID      Nonce          Value              Code
//	Beat       pid     frame nonce    payload            Beat* bits
//	Stall      pid     last nonce     silence, ns        -
//	Recovered  pid     beat's nonce   silence, ns        -
//	Session    pid     first nonce    old last nonce     -
//	Exit       pid     last nonce     -                  -
//	Eviction   pid     -              -                  -
//	Decode     stored  computed CRC   offending value    a vlp.Fault, FaultOversize, FaultUndecryptable
//	IO         -       uid got        uid expected       an errno, IOForeignUID or IONoCredentials
//	Mismatch   pid     -              sender (Auth)      a Mismatch* value
//	Line       -       -              -                  a Line* value or an errno
//	Start      our pid -              wall clock, ns     -
//	Clock      -       -              wall clock, ns     -
//	Stop       our pid -              -                  a signal number, or a Stop* value
//	Lost       -       -              rows               a Lost* value
type Record struct {
	At     int64  // ns since the observer started, on its own clock
	Nonce  uint64 //
	Value  uint64 //
	ID     uint32 // pid of a local process, id of a device on its line
	Seq    uint32 // set by the log when it takes the record
	Source uint16 // index of the source, for its name
	Kind   Kind
	Status uint8  // a vlp.Status; for Line 1 up, 0 down
	Code   uint16 //
	_      uint16
}

// Codes beyond what errno and vlp.Fault offer.
const (
	BeatFirst  = 1 // Beat: of a new agent or session, or ends a stall
	BeatStatus = 2 // Beat: its status is not that of the beat before

	FaultOversize      = 0x100 // Decode: a datagram longer than a frame
	FaultUndecryptable = 0x101 // Decode: no key opens what began like a sealed frame

	IOForeignUID    = 0x1001 // IO
	IONoCredentials = 0x1002

	MismatchAuth      = 1 // Mismatch: pid in the frame is not the sender's
	MismatchOrigin    = 2
	MismatchNamespace = 3 // its process lives in another pid namespace

	LineOpened   = 0x1001 // Line, with Status 1
	LineReplaced = 0x1002 // Line up, but another device behind the path
	LineHangup   = 0x1003 // Line, with Status 0
	LineMissing  = 0x1004
	LineRestored = 0x1005 // Line still up, set again as it was: somebody had changed it

	StopAfterSecs = 0x1001
	StopStrict    = 0x1002 // an agent of another pid namespace

	LostRing   = 1
	LostDisk   = 2
	LostBudget = 3 // beats left out, because the day's bytes to flash were spent
)

// Set is a set of kinds.
type Set uint32

// Has reports whether k is in s.
func (s Set) Has(k Kind) bool { return s>>k&1 != 0 }

// With returns s with k added.
func (s Set) With(k Kind) Set { return s | 1<<k }
