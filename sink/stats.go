package sink

import "sync/atomic"

// Op is an operation of the file system, as the label op of
// varta_log_failures_total names it.
type Op uint8

// The operations. Write covers truncate, open covers reading for repair, sync
// covers the folder.
const (
	OpOpen Op = iota
	OpWrite
	OpSync
	OpRename
	OpUnlink
	Ops
)

var opNames = [Ops]string{"open", "write", "sync", "rename", "unlink"}

// String is the value of the label.
func (op Op) String() string { return opNames[op] }

// SyncBuckets is the number of buckets of SyncTimes, the last without a bound.
const SyncBuckets = 9

// syncBoundsNS are their upper bounds: 0.001 0.005 0.01 0.05 0.1 0.25 0.5 1 s.
var syncBoundsNS = [SyncBuckets - 1]int64{1e6, 5e6, 10e6, 50e6, 100e6, 250e6, 500e6, 1e9}

// Stats are the log's counters; anybody may load them at any time.
//
// Records counts every row but start rows, once: those pushed, and the lost
// rows that the log adds. When nothing waits, Records is the sum of Synced and
// the three Lost counters, unless the cadence is off. Synced never counts a row
// that could still be lost: its file was synced, and since the file was
// created, its folder.
type Stats struct {
	Records    atomic.Uint64
	Synced     atomic.Uint64
	LostRing   atomic.Uint64 // a ring was full
	LostDisk   atomic.Uint64 // a ring was full while the disk failed, or rows could not be stored at the end
	LostBudget atomic.Uint64 // beats left out, see budget

	Failures  [Ops]atomic.Uint64
	Bytes     atomic.Uint64 // written, start rows and rows written again included
	Rotations atomic.Uint64 // generations begun, for whatever reason
	Repaired  atomic.Uint64 // bytes cut off torn or NUL tails

	SyncTimes
}

// SyncTimes are fdatasync calls by how long they took.
type SyncTimes struct {
	Syncs       atomic.Uint64              // successful ones
	SyncBuckets [SyncBuckets]atomic.Uint64 // by duration, not cumulative, failed ones included
	SyncSumNS   atomic.Uint64
}

// Observe counts one that took ns, well or not, in the buckets and the sum.
func (s *SyncTimes) Observe(ns int64) {
	i := 0
	for i < len(syncBoundsNS) && ns > syncBoundsNS[i] {
		i++
	}
	s.SyncBuckets[i].Add(1)
	s.SyncSumNS.Add(uint64(max(ns, 0)))
}

// waiting returns how many rows are neither synced nor lost.
func (s *Stats) waiting() uint64 {
	gone := s.Synced.Load() + s.LostRing.Load() + s.LostDisk.Load() + s.LostBudget.Load()
	return max(s.Records.Load(), gone) - gone
}
