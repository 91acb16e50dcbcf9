package audit

import (
	"time"

	"vlpd/sink"
)

// Options say where records go and when they are synced. Path, Clock, WallMS
// and FS must be set.
type Options struct {
	Path        string
	MaxBytes    int64 // of one generation, lifted to 4096; 0: the file is not rotated for its size
	Generations int   // PATH.1 to PATH.this; 5 if 0, as in the original

	SyncEvery    int           // records between syncs; 1 if 0
	SyncInterval time.Duration // a record waits at most this long for its sync; 0: off

	SyncBudget, RotationBudget time.Duration // 50 ms if 0; what takes longer is counted

	Capacity int             // agents, all of which may stall at once
	Queue    int             // slots of the ring; max(1024, 3*Capacity) if 0
	Tails    int             // bytes of children's output that may wait; 0: output is not kept
	Key      *[KeyBytes]byte // of the HMAC; nil: the chain is the original's
	PID      uint32          // ours

	// Agent appends what column 5 calls an agent; nil: the bare id.
	Agent func(dst []byte, source uint16, id uint32) []byte

	FS     sink.FS
	Clock  func() int64 // monotonic ns
	WallMS func() int64 // ms since 1970; called from both goroutines
	// Say takes diagnostics: the first failure of each kind, its end, and what
	// was repaired. It must not block and may be called from both goroutines.
	Say func(level sink.Level, text string)
}

const (
	generationsDefault = 5
	budgetDefault      = 50 * time.Millisecond

	// maxBytesLeast holds a header, a boot record and the longest record with
	// an ordinary program path.
	maxBytesLeast = 4096

	// What may be unsynced: a bound for what a power cut may leave torn, and
	// for what is in memory to be written again.
	unsyncedRecords = 1024
	unsyncedBytes   = 64 << 10
)

// withDefaults fills in what was left zero and lifts what is too small to work with.
func (o Options) withDefaults() Options {
	if o.MaxBytes > 0 {
		o.MaxBytes = max(o.MaxBytes, maxBytesLeast)
	}
	if o.Generations < 1 {
		o.Generations = generationsDefault
	}
	o.SyncEvery = max(o.SyncEvery, 1)
	if o.SyncBudget <= 0 {
		o.SyncBudget = budgetDefault
	}
	if o.RotationBudget <= 0 {
		o.RotationBudget = budgetDefault
	}
	if o.Queue < 1 {
		o.Queue = max(1024, 3*o.Capacity)
	}
	if o.Agent == nil {
		o.Agent = appendID
	}
	if o.Say == nil {
		o.Say = func(sink.Level, string) {}
	}
	return o
}
