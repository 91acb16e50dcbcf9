package observer

import (
	"vlpd/audit"
	"vlpd/metrics"
	"vlpd/recovery"
	"vlpd/sink"
)

// recoverySnapshot is what recovery and its record counted, at the begin of a
// scrape; all zero without them.
type recoverySnapshot struct {
	counts  recovery.Counts
	running int

	records, synced uint64       // of the audit log
	audit           *audit.Stats // all else of it
}

// noAudit is what an audit log has counted that is not there.
var noAudit audit.Stats

// take copies what must fit together. Synced is read before records, as for
// the event log.
func (s *recoverySnapshot) take(l *loop) {
	if s.audit = &noAudit; l.audit != nil {
		s.audit = l.audit.Stats()
	}
	s.synced = s.audit.Synced.Load()
	s.records = s.audit.Records.Load()
	if l.recover != nil {
		s.counts, s.running = *l.recover.table.Counts(), l.recover.runner.Running()
	}
}

// recoveryFamilies are about commands for silent agents.
var recoveryFamilies = []family{
	{counter("varta_recovery_outcomes_total", "What became of stalls and of commands, by outcome."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			dst = f.AppendHead(dst)
			for o := recovery.Pending + 1; o < recovery.Outcomes; o++ {
				dst = metrics.Sample(dst, f.Name).Label("outcome", o.Label()).Uint(p.recovery.counts.Outcomes[o])
			}
			return dst
		}},
	{counter("varta_recovery_duration_ns_sum", "Time from start to end of all commands, ns."), whole, func(p *page) uint64 { return p.recovery.counts.DurationNS }, nil},
	{counter("varta_recovery_duration_count_total", "Commands that ended."), whole, func(p *page) uint64 { return p.recovery.counts.Durations }, nil},
	{counter("varta_recovery_refused_total", "Stalls for which no command was started, by reason."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			dst = f.AppendHead(dst)
			for o := recovery.Pending + 1; o < recovery.Outcomes; o++ {
				if reason := o.Reason(); reason != "" {
					dst = metrics.Sample(dst, f.Name).Label("reason", reason).Uint(p.recovery.counts.Outcomes[o])
				}
			}
			return dst
		}},
	{gauge("varta_recovery_running", "Commands that run."), whole, func(p *page) uint64 { return uint64(p.recovery.running) }, nil},
	{counter("varta_recovery_last_fired_evictions_total", "Agents whose debounce was forgotten to make room for another's."), whole, func(p *page) uint64 { return p.recovery.counts.Replaced }, nil},
	{counter("varta_recovery_invariant_violations_total", "Results of commands that nobody waited for; expected to be 0."), whole, func(p *page) uint64 { return p.recovery.counts.Strays }, nil},
	{counter("varta_recovery_outstanding_probe_exhausted_total", "Always 0: the table of commands is searched whole."), whole, nothing, nil},
	{counter("varta_recovery_reap_truncated_total", "Always 0: a command's end is told by itself."), whole, nothing, nil},
}

// auditFamilies are about the record of what was decided.
var auditFamilies = []family{
	{counter("varta_recovery_audit_dropped_total", "Records that found no room; how many is a record too."), whole, func(p *page) uint64 { return p.recovery.audit.Dropped.Load() }, nil},
	{counter("varta_recovery_audit_flush_budget_exceeded_total", "Always 0: no turn of the loop waits for the audit log."), whole, nothing, nil},
	{histogram("varta_audit_fsync_seconds", "Duration of fdatasync of the audit log."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			var counts [audit.SyncBuckets]uint64
			for i := range counts {
				counts[i] = p.recovery.audit.SyncBuckets[i].Load()
			}
			return metrics.AppendHistogram(f.AppendHead(dst), f.Name, "", "", metrics.Bounds[:], counts[:], p.recovery.audit.SyncSumNS.Load())
		}},
	{counter("varta_audit_fsync_budget_exceeded_total", "Syncs longer than --audit-fsync-budget-ms."), whole, func(p *page) uint64 { return p.recovery.audit.SyncBudgetExceeded.Load() }, nil},
	{counter("varta_audit_rotation_budget_exceeded_total", "Rotations longer than --audit-rotation-budget-ms."), whole, func(p *page) uint64 { return p.recovery.audit.RotationBudgetExceeded.Load() }, nil},
	{counter("varta_audit_ring_watermark_total", "Times that waiting records filled 75 % (warn) or 95 % (critical) of their room."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			return labelled(f, dst, "level", []string{"warn", "critical"}, p.recovery.audit.WatermarkWarn.Load(), p.recovery.audit.WatermarkCritical.Load())
		}},
	{counter("varta_audit_failures_total", "Failed operations on the audit files, by operation."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			dst = f.AppendHead(dst)
			for op := range sink.Ops {
				dst = metrics.Sample(dst, f.Name).Label("op", op.String()).Uint(p.recovery.audit.Failures[op].Load())
			}
			return dst
		}},
	{counter("varta_audit_records_total", "Records written in this run."), whole, func(p *page) uint64 { return p.recovery.records }, nil},
	{counter("varta_audit_synced_records_total", "Records of this run that a successful sync covers."), whole, func(p *page) uint64 { return p.recovery.synced }, nil},
}
