package audit

import "golang.org/x/sys/unix"

// Agent is whom a record is about: a source by index, and the pid or id there.
type Agent struct {
	Source uint16
	ID     uint32
}

// Reason is why no command was started.
type Reason uint8

// The reasons: the original's, then ours.
const (
	UnauthenticatedTransport Reason = iota
	CrossNamespaceAgent
	SocketModeOnly
	DebounceCapacity
	OutstandingCapacity
	Debounced
	LineDown
	PIDRecycled
	Reasons // how many there are

	spawnFailed // has a call and an errno behind it
	lostRecords // has a number behind it
)

var reasonNames = [...]string{
	"unauthenticated_transport", "cross_namespace_agent", "socket_mode_only", "debounce_capacity", "outstanding_capacity",
	"debounced", "line_down", "pid_recycled", "", "spawn_failed:", "lost:",
}

// Call is the system call without which a command could not be started.
type Call uint8

// The calls.
const (
	Clone Call = iota
	Execve
	Pipe2
)

// callNames have the colon before the errno.
var callNames = [...]string{"clone:", "execve:", "pipe2:"}

// Outcome is how a child's time with us ended.
type Outcome uint8

// The outcomes.
const (
	Reaped     Outcome = iota // it ended by itself
	Killed                    // by us: its time was up, or ours
	ReapFailed                // no status could be had of it
)

var outcomeNames = [...]string{"reaped", "killed", "reap_failed"}

// End says how a child ended.
type End struct {
	Outcome        Outcome
	Status         unix.WaitStatus // as wait4(2) gave it; ReapFailed has none
	DurationNS     uint64
	Stdout, Stderr uint64 // bytes read
	Truncated      bool   // it wrote more than was read
	Tail           []byte // what it wrote last; copied, and only if Options.Tails allows
}

// kind says what a record in the ring is.
type kind uint8

const (
	header kind = iota // the line before a boot record: it has no seq and no chain
	boot
	spawn
	complete
	refused
	output
)

var kindNames = [...]string{"", "boot", "spawn", "complete", "refused", "output"}

// origin is the reason of a boot record.
type origin uint8

const (
	fresh origin = iota
	resume
	corruptTail
	schemaDrift
	legacyV1
	rotation
)

var originNames = [...]string{"fresh", "resume", "corrupt_tail", "schema_drift", "legacy_v1", "rotation"}

// newlineFirst is the word of a header behind a line without its line feed.
const newlineFirst = 1

// truncatedFlag goes with the outcome in a complete record's word.
const truncatedFlag = 0x80

// record is a line to be, without its place in the chain: that is given by the
// writer when it writes, so a record that never gets there leaves no gap. It
// holds no pointer. 56 bytes on every target.
//
//	kind      word              value        at
//	header    newlineFirst      -            -
//	boot      an origin         -            -
//	spawn     -                 length       command
//	complete  Outcome, flag     wait status  -
//	refused   a Reason          errno, or N  Call
//	output    -                 bytes        place of the text in tails
type record struct {
	wallMS         int64
	ns             uint64
	stdout, stderr uint64
	dropped        uint32 // records that did not fit into the ring before this one
	id, child      uint32
	value, at      uint32
	source         uint16
	kind           kind
	word           uint8
}
