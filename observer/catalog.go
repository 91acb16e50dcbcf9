package observer

import (
	"runtime"

	"vlpd/intake"
	"vlpd/metrics"
	"vlpd/vlp"
)

// family is a metric whose samples are printed in one step from the snapshot:
// one number without labels in some form, or what print makes of it.
//
// The tables are of constants and plain functions only, so that the compiler
// lays them out and nothing is run for them at start.
type family struct {
	metrics.Family
	form  form
	value func(p *page) uint64
	print func(p *page, f *metrics.Family, dst []byte) []byte
}

// form is how a family prints its value.
type form uint8

const (
	whole   form = iota
	millis       // ns, as seconds with a millisecond's precision
	seconds      // ns, as seconds in full
)

func counter(name, help string) metrics.Family {
	return metrics.Family{Name: name, Help: help, Type: metrics.Counter}
}

func gauge(name, help string) metrics.Family {
	return metrics.Family{Name: name, Help: help, Type: metrics.Gauge}
}

func (f *family) append(p *page, dst []byte) []byte {
	if f.print != nil {
		return f.print(p, &f.Family, dst)
	}
	r := metrics.Sample(f.AppendHead(dst), f.Name)
	v := f.value(p)
	switch f.form {
	case millis:
		return r.Millis(int64(v))
	case seconds:
		return r.Seconds(int64(v))
	}
	return r.Uint(v)
}

// catalog lists what is not about a single agent or line and has no list of its
// own in a catalog_ file: the original's families in its order, then ours.
var catalog = []family{
	{counter("varta_tracker_evicted_total", "Agents forgotten to make room for others."), whole, func(p *page) uint64 { return p.table.Evicted }, nil},
	{counter("varta_frame_auth_failures_total", "Frames whose pid is not their sender's."), whole, func(p *page) uint64 { return p.count.dropped(intake.SpoofedPID) }, nil},
	{counter("varta_decode_errors_total", "Frames refused by the decoder, by kind."), whole, nil, decodeErrors},
	{counter("varta_io_errors_total", "Receive errors, and datagrams without credentials or from another user."), whole, func(p *page) uint64 {
		return p.count.receiveErrors + p.count.dropped(intake.NoCredentials) + p.count.dropped(intake.ForeignUID)
	}, nil},
	{counter("varta_ctrl_truncated_total", "Datagrams with more ancillary data than credentials (MSG_CTRUNC)."), whole, func(p *page) uint64 { return p.count.dropped(intake.CTrunc) }, nil},
	{counter("varta_tracker_capacity_exceeded_total", "Beats of new agents dropped because the tracker was full."), whole, func(p *page) uint64 { return p.table.CapacityExceeded }, nil},
	{gauge("varta_tracker_capacity", "Agents that can be remembered."), whole, func(p *page) uint64 { return uint64(p.o.c.Capacity) }, nil},
	{counter("varta_frame_rejected_pid_above_max_total", "Frames with a pid above the kernel's pid_max."), whole, func(p *page) uint64 { return p.count.dropped(intake.PIDAboveMax) }, nil},
	{counter("varta_socket_bind_dir_fsync_failed_total", "Failures to sync the folder of a socket at start."), whole, func(p *page) uint64 { return p.dirSyncFailures() }, nil},
	{counter("varta_truncated_datagrams_total", "Datagrams that are not of a frame's length."), whole, func(p *page) uint64 {
		return p.count.dropped(intake.Truncated) + p.count.dropped(intake.Oversize)
	}, nil},
	{gauge("varta_observer_uds_rcvbuf_bytes", "Receive buffer of the first socket as the kernel granted it."), whole, func(p *page) uint64 { return p.rcvBuf() }, nil},
	{counter("varta_observer_clock_regression_total", "Clock readings below the one before."), whole, func(p *page) uint64 { return p.o.loop.clock.Regressions() }, nil},
	{counter("varta_prom_auth_failures_total", "Scrapes refused for a missing or wrong token."), whole, func(p *page) uint64 { return p.served.AuthFailures() }, nil},
	{counter("varta_nonce_wrap_total", "Nonces that started again after the last possible one."), whole, func(p *page) uint64 { return p.table.NonceWraps }, nil},
	{gauge("varta_watch_uptime_seconds", "Time since the observer started."), millis,
		func(p *page) uint64 { return uint64(p.now) }, nil},
	{gauge("varta_watch_last_poll_loop_timestamp_seconds", "Wall clock of the loop's last turn."), millis,
		func(p *page) uint64 { return uint64(p.wallNS) }, nil},
	{gauge("varta_watch_pids_tracked", "Agents that are remembered."), whole, func(p *page) uint64 { return uint64(p.agents) }, nil},
	{counter("varta_tracker_pid_recycle_total", "Sessions begun by a known agent."), whole, func(p *page) uint64 { return p.table.Restarts }, nil},
	{counter("varta_observer_pauses_total", "Times in which the observer could not run and that were not counted as silence."), whole, func(p *page) uint64 { return p.count.pauses }, nil},
	{counter("varta_observer_paused_seconds_total", "How long the observer could not run, at the least."), seconds,
		func(p *page) uint64 { return p.count.pausedNS }, nil},
	{counter("varta_observer_turns_total", "Turns of the observer's loop."), whole, func(p *page) uint64 { return p.count.turns }, nil},
	{gauge("varta_build_info", "What is running; always 1."), whole, nil, buildInfo},
	{counter("process_cpu_seconds_total", "User and system CPU time."), seconds,
		func(p *page) uint64 { return uint64(p.self.cpuNS) }, nil},
	{gauge("process_open_fds", "Open file descriptors."), whole, func(p *page) uint64 { return p.self.openFDs }, nil},
	{gauge("process_max_fds", "Open file descriptors that are allowed."), whole, func(p *page) uint64 { return p.self.maxFDs }, nil},
	{gauge("process_virtual_memory_bytes", "Address space."), whole, func(p *page) uint64 { return p.self.virtual }, nil},
	{gauge("process_resident_memory_bytes", "Resident memory."), whole, func(p *page) uint64 { return p.self.resident }, nil},
	{gauge("process_start_time_seconds", "Wall clock when the process started."), millis,
		func(p *page) uint64 { return uint64(startedNS) }, nil},
}

func decodeErrors(p *page, f *metrics.Family, dst []byte) []byte {
	dst = f.AppendHead(dst)
	for ft := vlp.BadMagic; ft < vlp.Faults; ft++ {
		dst = metrics.Sample(dst, f.Name).Label("kind", ft.Label()).Uint(p.count.faults[ft])
	}
	return dst
}

func buildInfo(p *page, f *metrics.Family, dst []byte) []byte {
	return metrics.Sample(f.AppendHead(dst), f.Name).
		Label("version", p.o.release.Version).Label("goversion", runtime.Version()).Label("target", p.o.release.Target).Uint(1)
}

func (p *page) dirSyncFailures() (n uint64) {
	for i := range p.o.loop.sockets {
		if p.o.loop.sockets[i].unix.DirSyncErr() != nil {
			n++
		}
	}
	return n
}

func (p *page) rcvBuf() uint64 {
	if len(p.o.loop.sockets) == 0 {
		return 0
	}
	return uint64(p.o.loop.sockets[0].unix.RcvBuf())
}
