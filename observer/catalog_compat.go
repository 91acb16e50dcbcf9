package observer

import (
	"vlpd/intake"
	"vlpd/metrics"
)

// nothing is the value of families that count what cannot happen here. They
// stay so that the original's dashboards and alerts find them.
func nothing(*page) uint64 { return 0 }

// labelled prints a family of one label, a value a sample.
func labelled(f *metrics.Family, dst []byte, label string, values []string, numbers ...uint64) []byte {
	dst = f.AppendHead(dst)
	for i, v := range values {
		dst = metrics.Sample(dst, f.Name).Label(label, v).Uint(numbers[i])
	}
	return dst
}

// guardFamilies are about who may beat, and how much.
var guardFamilies = []family{
	{counter("varta_tracker_eviction_scan_truncated_total", "Beats of new agents for whom nobody could be evicted."), whole, func(p *page) uint64 { return p.table.CapacityExceeded }, nil},
	{gauge("varta_tracker_eviction_scan_window_max", "The setting of --eviction-scan-window, which has no effect."), whole, func(p *page) uint64 { return uint64(p.o.c.ScanWindow) }, nil},
	{counter("varta_origin_conflict_total", "Frames that claim the pid of an agent of better proven origin."), whole, func(p *page) uint64 { return p.count.dropped(intake.OriginConflict) }, nil},
	{counter("varta_frame_namespace_mismatch_total", "Frames from processes of another pid namespace."), whole, func(p *page) uint64 { return p.count.dropped(intake.ForeignNamespace) }, nil},
	{counter("varta_tracker_namespace_conflict_total", "Frames of a known agent from another pid namespace than before."), whole, func(p *page) uint64 { return p.count.dropped(intake.NamespaceConflict) }, nil},
	{gauge("varta_pid_max_current", "The kernel's pid_max, as last read."), whole, func(p *page) uint64 { return p.pidMax() }, nil},
	{counter("varta_rate_limited_total", "Frames dropped because they came too fast, by limit."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			return labelled(f, dst, "reason", []string{"per_pid", "global"}, p.count.dropped(intake.AgentRate), p.count.dropped(intake.GlobalRate))
		}},
	{counter("varta_observer_clock_jump_forward_total", "Pauses of the observer of more than 5 s."), whole, func(p *page) uint64 { return p.count.longPauses }, nil},
	{counter("varta_signal_handler_install_total", "Always 1: signal handlers are installed."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			return labelled(f, dst, "mode", []string{"direct"}, 1)
		}},
	{counter("varta_tracker_invariant_violations_total", "Always 0: there is no such state."), whole, nothing, nil},
	{counter("varta_tracker_pid_index_probe_exhausted_total", "Always 0: the index has room for every agent."), whole, nothing, nil},
	{counter("varta_prom_ip_state_probe_exhausted_total", "Always 0: the table of scrapers is searched whole."), whole, nothing, nil},
	{counter("varta_scrape_skipped_total", "Always 0: every scrape is rendered anew."), whole, nothing, nil},
	{counter("varta_scrape_budget_exhausted_total", "Always 0: scrapes are served in slices, and none is put off."), whole, nothing, nil},
	{counter("varta_frame_decrypt_failures_total", "Sealed frames that no key opens; on lines, all that began like one."), whole, func(p *page) uint64 { return p.count.dropped(intake.Undecryptable) + p.refused() }, nil},
	{counter("varta_secure_replay_refused_total", "Sealed frames that were seen before."), whole, func(p *page) uint64 { return p.count.dropped(intake.Replayed) }, nil},
	{counter("varta_sender_state_full_total", "Sealed frames of senders or sessions for which there is no room."), whole, func(p *page) uint64 { return p.count.dropped(intake.SenderTable) }, nil},
	{counter("varta_secure_aead_attempts_total", "Keys tried on sealed frames."), whole, func(p *page) (n uint64) {
		for _, k := range p.o.loop.keyrings {
			n += k.opener.Attempts()
		}
		return n
	}, nil},
	{counter("varta_udp_kernel_drops_total", "Datagrams that the kernel had no room for; told with the next that comes."), whole, func(p *page) uint64 {
		if u := p.o.loop.udp; u != nil {
			return u.udp.Drops()
		}
		return 0
	}, nil},
	{counter("varta_log_suppressed_total", "Lines on stderr that were held back, by kind."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			return labelled(f, dst, "kind", suppressedKinds, 0, 0, 0, p.o.loop.keeper.HeartbeatSuppressed(), 0, 0, p.count.suppressed)
		}},
	{gauge("varta_agent_processes", "Processes whose end is awaited (pidfd), and those known without."), whole, nil,
		func(p *page, f *metrics.Family, dst []byte) []byte {
			watched, blind := uint64(0), uint64(0)
			if t := p.o.loop.processes; t != nil {
				watched, blind = uint64(t.Open()), uint64(t.Blind())
			}
			return labelled(f, dst, "exit", []string{"seen", "unseen"}, watched, blind)
		}},
}

// suppressedKinds are the original's, whose lines but for the heartbeat file's
// are never held back here: the first of each trouble is told, and its end.
// agents are the lines about single agents and lines.
var suppressedKinds = []string{"file_export_io", "audit_io", "prom_serve", "heartbeat_io", "audit_ring_warn", "audit_ring_critical", "agents"}

func (p *page) pidMax() uint64 {
	if len(p.o.loop.sockets) == 0 {
		return 0
	}
	return uint64(p.o.loop.sockets[0].unix.PIDMax())
}
