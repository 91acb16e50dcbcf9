package children

import (
	"time"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// MaxChildren is the highest Options.Max.
const MaxChildren = 65536

// defaultKillAfter is what a child has for its SIGTERM handler.
const defaultKillAfter = 2 * time.Second

// Options are the same for all children of a Runner.
type Options struct {
	Max       int           // children at once, 1 to MaxChildren
	Timeout   time.Duration // after which the group gets SIGTERM; 0: never
	KillAfter time.Duration // from then to SIGKILL; 0: 2 s

	// CaptureSet: output goes into pipes and is counted, and its last Capture
	// bytes are kept (0: none). Otherwise children print where we do.
	CaptureSet bool
	Capture    int

	Caps uint64 // capabilities that they have, see platform.Fork

	Clock  func() int64 // ns, above 0; called from the runner's goroutine
	Notify func()       // results wait; called from the runner's goroutine, must not block
}

// Request asks for one run.
type Request struct {
	Token   uint64 // comes back in the results
	Command *Command
	Argv    []string // as Command.Fill makes it; the runner's from now on
}

// Kind says what a Result tells.
type Kind uint8

// The kinds. SpawnFailed and Ended are the last of their token.
const (
	Spawned     Kind = 1 + iota // execve succeeded
	SpawnFailed                 // it did not come to that: Call and Errno say why
	Ended
)

// Result is news of one run. Fields behind What that do not belong to it are
// zero.
type Result struct {
	Token uint64
	What  Kind
	PID   int32 // 0 if there was no fork

	// SpawnFailed: the system call that failed. execve with ETIMEDOUT was
	// killed by Timeout before it was through, with ECANCELED by Close;
	// ECANCELED without a PID was never started.
	// Ended: wait4 with ECHILD if somebody else has reaped the child, so that
	// nobody knows how it ended; ExitCode is -1 then.
	Call  string
	Errno unix.Errno

	ExitCode   int  // -1 if a signal ended it
	Signal     int  // that signal, or 0
	TimedOut   bool // Timeout passed, and its group was signalled
	DurationNS int64

	Stdout, Stderr uint64 // bytes printed
	Tail           []byte // the last of them, in the order in which they were read
}

// Err is the error of a SpawnFailed, or nil.
func (r *Result) Err() error {
	if r.What != SpawnFailed {
		return nil
	}
	return lean.SyscallError(r.Call, r.Errno)
}
