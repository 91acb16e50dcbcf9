package observer

import (
	"vlpd/metrics"
	"vlpd/sink"
)

// logSnapshot is the event log's counters at the begin of a scrape.
type logSnapshot struct {
	records, synced                uint64
	lostRing, lostDisk, lostBudget uint64
	failures                       [sink.Ops]uint64
	bytes, syncs, rotations        uint64
	repaired                       uint64
	ring                           uint64
	buckets                        [sink.SyncBuckets]uint64
	sumNS                          uint64
}

// take copies the counters. Synced is read before records, so that no scrape
// sees more rows synced than there were.
func (s *logSnapshot) take(l *sink.Log) {
	st := l.Stats()
	s.synced = st.Synced.Load()
	s.records = st.Records.Load()
	s.lostRing, s.lostDisk, s.lostBudget = st.LostRing.Load(), st.LostDisk.Load(), st.LostBudget.Load()
	for op := range s.failures {
		s.failures[op] = st.Failures[op].Load()
	}
	s.bytes, s.syncs, s.rotations = st.Bytes.Load(), st.Syncs.Load(), st.Rotations.Load()
	s.repaired = st.Repaired.Load()
	s.ring = uint64(l.RingRecords())
	for i := range s.buckets {
		s.buckets[i] = st.SyncBuckets[i].Load()
	}
	s.sumNS = st.SyncSumNS.Load()
}

var lostReasons = [...]string{"ring", "disk", "budget"}

// logFamilies are the event log's; all zero when there is none.
var logFamilies = []family{
	{counter("varta_log_records_total", "Rows handed to the event log in this run."), whole, func(p *page) uint64 { return p.log.records }, nil},
	{counter("varta_log_synced_records_total", "Rows of this run that a successful sync covers: these are never lost."), whole, func(p *page) uint64 { return p.log.synced }, nil},
	{counter("varta_log_lost_records_total", "Rows that never reached the file, by reason."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			dst = f.AppendHead(dst)
			for i, n := range [...]uint64{p.log.lostRing, p.log.lostDisk, p.log.lostBudget} {
				dst = metrics.Sample(dst, f.Name).Label("reason", lostReasons[i]).Uint(n)
			}
			return dst
		}},
	{counter("varta_log_failures_total", "Failed operations on the log's files, by operation."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			dst = f.AppendHead(dst)
			for op, n := range p.log.failures {
				dst = metrics.Sample(dst, f.Name).Label("op", sink.Op(op).String()).Uint(n)
			}
			return dst
		}},
	{counter("varta_log_bytes_total", "Bytes written to the event log."), whole, func(p *page) uint64 { return p.log.bytes }, nil},
	{counter("varta_log_syncs_total", "Successful fdatasync calls."), whole, func(p *page) uint64 { return p.log.syncs }, nil},
	{histogram("varta_log_sync_seconds", "Duration of fdatasync."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			return metrics.AppendHistogram(f.AppendHead(dst), f.Name, "", "", metrics.Bounds[:], p.log.buckets[:], p.log.sumNS)
		}},
	{gauge("varta_log_ring_records", "Rows that wait for the writer."), whole, func(p *page) uint64 { return p.log.ring }, nil},
	{counter("varta_log_rotations_total", "Generations begun."), whole, func(p *page) uint64 { return p.log.rotations }, nil},
	{counter("varta_log_repaired_bytes_total", "Bytes of torn tails cut off at start."), whole, func(p *page) uint64 { return p.log.repaired }, nil},
}
