package observer

import (
	"vlpd/intake"
	"vlpd/metrics"
	"vlpd/vlp"
	"vlpd/watch"
)

// agentFamily is a metric with a row an agent.
type agentFamily struct {
	metrics.Family
	row func(p *page, r metrics.Row, a *watch.Agent) []byte
}

// agentFamilies are the original's three, then ours.
var agentFamilies = []agentFamily{
	{counter("varta_beats_total", "Beats accepted from the agent."),
		func(_ *page, r metrics.Row, a *watch.Agent) []byte { return r.Uint(a.Beats()) }},
	{counter("varta_stalls_total", "Stalls of the agent."),
		func(_ *page, r metrics.Row, a *watch.Agent) []byte { return r.Uint(uint64(a.Stalls())) }},
	{gauge("varta_status", "Last status: 0 ok, 1 degraded, 2 critical, 3 stall."),
		func(_ *page, r metrics.Row, a *watch.Agent) []byte {
			if a.Stalled() {
				return r.Uint(uint64(vlp.Stall))
			}
			return r.Uint(uint64(a.Status()))
		}},
	{gauge("varta_agent_up", "1 while the agent beats within its threshold, 0 after."),
		func(_ *page, r metrics.Row, a *watch.Agent) []byte { return r.Bool(!a.Stalled()) }},
	{gauge("varta_agent_last_beat_timestamp_seconds", "Wall clock of the agent's last beat."),
		func(p *page, r metrics.Row, a *watch.Agent) []byte { return r.Millis(p.wallNS - (p.now - a.LastNS())) }},
	{gauge("varta_agent_threshold_seconds", "Silence after which the agent has stalled."),
		func(p *page, r metrics.Row, a *watch.Agent) []byte {
			return r.Millis(p.o.loop.table.ThresholdNS(a.Class()))
		}},
	{counter("varta_agent_restarts_total", "Sessions the agent began after its first."),
		func(_ *page, r metrics.Row, a *watch.Agent) []byte { return r.Uint(uint64(a.Restarts())) }},
}

// lineFamily is a metric with a value a serial line, or with rows.
type lineFamily struct {
	metrics.Family
	value func(s *lineSnapshot) uint64
	rows  func(s *lineSnapshot, dst []byte, f *metrics.Family, line string) []byte
}

func (f *lineFamily) append(s *lineSnapshot, dst []byte, line string) []byte {
	if f.value == nil {
		return f.rows(s, dst, &f.Family, line)
	}
	return metrics.Sample(dst, f.Name).Label("line", line).Uint(f.value(s))
}

var lineFamilies = []lineFamily{
	{gauge("varta_serial_line_up", "1 while the line is open, 0 while it is not."), nil,
		func(s *lineSnapshot, dst []byte, f *metrics.Family, line string) []byte {
			return metrics.Sample(dst, f.Name).Label("line", line).Bool(s.up)
		}},
	{gauge("varta_serial_speed_baud", "Speed that the driver confirmed; 0 while down."), func(s *lineSnapshot) uint64 { return uint64(s.baud) }, nil},
	{counter("varta_serial_bytes_total", "Bytes read."), func(s *lineSnapshot) uint64 { return s.seen }, nil},
	{counter("varta_serial_skipped_bytes_total", "Bytes that belong to no accepted frame."), func(s *lineSnapshot) uint64 { return s.skipped }, nil},
	{counter("varta_serial_frames_total", "Frames that arrived whole and legal."), func(s *lineSnapshot) uint64 { return s.frames }, nil},
	{counter("varta_serial_nonce_gaps_total", "Nonces that an agent on the line must have sent and that never came."), func(s *lineSnapshot) uint64 { return s.gaps }, nil},
	{counter("varta_serial_reopens_total", "Times the line came back."), func(s *lineSnapshot) uint64 { return s.reopens }, nil},
	{counter("varta_serial_faults_total", "Frames refused, by kind; bad_crc, undecryptable on a sealed line, counts all that began like a frame."), nil,
		func(s *lineSnapshot, dst []byte, f *metrics.Family, line string) []byte {
			for ft := vlp.BadMagic; ft < vlp.Faults; ft++ {
				dst = metrics.Sample(dst, f.Name).Label("line", line).Label("kind", ft.Label()).Uint(s.faults[ft])
			}
			if s.sealed {
				dst = metrics.Sample(dst, f.Name).Label("line", line).Label("kind", intake.Undecryptable.Label()).Uint(s.refused)
			}
			return dst
		}},
	{gauge("varta_serial_state", "What the line's bytes say of the wire; 1 for the state it is in."), nil,
		func(s *lineSnapshot, dst []byte, f *metrics.Family, line string) []byte {
			return metrics.Sample(dst, f.Name).Label("line", line).Label("state", s.diagnosis.String()).Uint(1)
		}},
}

// sourceFamily is a metric with a value a source, or with rows.
type sourceFamily struct {
	metrics.Family
	value func(p *page, i int) uint64
	rows  func(p *page, dst []byte, f *metrics.Family, i int) []byte
}

func (f *sourceFamily) append(p *page, dst []byte, i int) []byte {
	if f.value == nil {
		return f.rows(p, dst, &f.Family, i)
	}
	return metrics.Sample(dst, f.Name).Label("source", p.o.loop.labels[i]).Uint(f.value(p, i))
}

// droppedFamily has a row for each source and reason, one a step: the name of
// a source may be long.
var droppedFamily = counter("varta_frames_dropped_total", "Frames that were not accepted, by reason.")

const droppedReasons = int(intake.Reasons) - 1 // Accepted is none

func (p *page) droppedRow(dst []byte, i int) []byte {
	source, why := i/droppedReasons, intake.Reason(i%droppedReasons)+1
	return metrics.Sample(dst, droppedFamily.Name).Label("source", p.o.loop.labels[source]).
		Label("reason", why.Label()).Uint(p.count.sources[source].dropped[why])
}

var sourceFamilies = []sourceFamily{
	{counter("varta_frames_received_total", "Frames that came in, whatever became of them."), func(p *page, i int) uint64 { return p.count.sources[i].received() }, nil},
	{counter("varta_source_beats_total", "Frames that were accepted as beats."), func(p *page, i int) uint64 { return p.count.sources[i].beats }, nil},
	{gauge("varta_source_queue_limit", "Datagrams that the kernel holds for the socket."), nil,
		func(p *page, dst []byte, f *metrics.Family, i int) []byte {
			if i >= len(p.o.loop.sockets) {
				return dst
			}
			return metrics.Sample(dst, f.Name).Label("source", p.o.loop.labels[i]).Uint(uint64(p.o.loop.sockets[i].unix.QueueLimit()))
		}},
}
