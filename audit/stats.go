package audit

import (
	"sync/atomic"

	"vlpd/sink"
)

// SyncBuckets is the number of buckets of Stats.SyncBuckets.
const SyncBuckets = sink.SyncBuckets

// Stats are the log's counters; anybody may load them at any time.
type Stats struct {
	Records atomic.Uint64 // written, boot and lost records included, those written again not
	Synced  atomic.Uint64 // of these, on the disk: never lost
	Dropped atomic.Uint64 // did not fit into the ring, or their output did not

	WatermarkWarn, WatermarkCritical atomic.Uint64 // the ring became 75 % and 95 % full

	// FlushBudgetExceeded stays 0: the original counts turns of its loop in
	// which writing took longer than 10 ms; here no turn waits for it.
	FlushBudgetExceeded    atomic.Uint64
	SyncBudgetExceeded     atomic.Uint64
	RotationBudgetExceeded atomic.Uint64

	Failures  [sink.Ops]atomic.Uint64
	Bytes     atomic.Uint64 // written, those written again included
	Rotations atomic.Uint64
	Repaired  atomic.Uint64 // bytes cut off torn tails

	sink.SyncTimes
}
