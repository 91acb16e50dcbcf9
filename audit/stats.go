package audit

import (
	"sync/atomic"

	"vlpd/sink"
)

// SyncBuckets is the number of buckets of Stats.SyncBuckets, the last without a bound.
const SyncBuckets = 9

// syncBoundsNS are their upper bounds: 0.001 0.005 0.01 0.05 0.1 0.25 0.5 1 s.
var syncBoundsNS = [SyncBuckets - 1]int64{1e6, 5e6, 10e6, 50e6, 100e6, 250e6, 500e6, 1e9}

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

	Syncs       atomic.Uint64              // successful fdatasync calls
	SyncBuckets [SyncBuckets]atomic.Uint64 // by duration, not cumulative, failed ones included
	SyncSumNS   atomic.Uint64
}

func (s *Stats) observeSync(ns int64) {
	i := 0
	for i < len(syncBoundsNS) && ns > syncBoundsNS[i] {
		i++
	}
	s.SyncBuckets[i].Add(1)
	s.SyncSumNS.Add(uint64(max(ns, 0)))
}
