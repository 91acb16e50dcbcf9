package sink

import "testing"

// A bound belongs to its bucket, as Prometheus has it (le).
func TestSyncTimes(t *testing.T) {
	for _, c := range []struct {
		ns     int64
		bucket int
	}{{-5, 0}, {0, 0}, {1e6, 0}, {1e6 + 1, 1}, {5e6, 1}, {999e6, 7}, {1e9, 7}, {1e9 + 1, 8}, {3600e9, 8}} {
		var s SyncTimes
		s.Observe(c.ns)
		if s.SyncBuckets[c.bucket].Load() != 1 || s.SyncSumNS.Load() != uint64(max(c.ns, 0)) {
			t.Errorf("%d ns: %d in bucket %d, a sum of %d", c.ns, s.SyncBuckets[c.bucket].Load(), c.bucket, s.SyncSumNS.Load())
		}
	}
}
