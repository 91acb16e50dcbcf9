package sink

import (
	"time"

	"vlpd/event"
)

// Level says how much a text handed to Options.Say matters.
type Level uint8

// The levels, in the order of package diag's.
const (
	Info Level = iota
	Warn
	Error
)

// Options say where rows go and when they are synced. Path, Row, Start, FS and
// Clock must be set.
type Options struct {
	Path        string
	MaxBytes    int64 // of one generation; 0: the file is not rotated for its size
	Generations int   // PATH.1 to PATH.this, at least 1, also where MaxBytes is 0: a failed sync needs a place for the old file

	SyncEvery    int           // rows between syncs; 0: off
	SyncInterval time.Duration // a row waits at most this long for its sync; 0: off
	SyncKinds    event.Set     // kinds that are synced at once
	Budget       int64         // bytes a day that may reach flash, see budget; 0: no limit

	Beats, Events int // slots of the two rings
	Unsynced      int // bytes of rows that may wait for their sync, 1 MiB if 0; at 1/2 one is forced

	// Row appends r as a row with its LF. It is called from the writer's goroutine.
	Row func(dst []byte, r *event.Record) []byte
	// Start makes the start row; its At is set by the log. Called from Open and
	// from the writer's goroutine.
	Start func() event.Record

	FS    FS
	Clock func() int64 // monotonic ns, as in Record.At; called from two goroutines
	// Say takes diagnostics: the first failure of each kind, its end, and what
	// was repaired. It must not block and may be called from the writer's goroutine.
	Say func(level Level, text string)
}

const (
	// rowBytes bounds what one record becomes together with the lost rows before it.
	rowBytes = 2048

	unsyncedDefault = 1 << 20
	unsyncedLeast   = 16 << 10
)

// withDefaults fills in what was left zero and lifts what is too small to work with.
func (o Options) withDefaults() Options {
	if o.Unsynced == 0 {
		o.Unsynced = unsyncedDefault
	}
	o.Unsynced = max(o.Unsynced, unsyncedLeast)
	o.Generations = max(o.Generations, 1)
	o.Beats, o.Events = max(o.Beats, 16), max(o.Events, 16)
	if o.Say == nil {
		o.Say = func(Level, string) {}
	}
	return o
}

// never reports whether no cadence is set, so that nothing is ever synced.
func (o *Options) never() bool {
	return o.SyncEvery == 0 && o.SyncInterval == 0 && o.SyncKinds == 0
}
