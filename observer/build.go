package observer

import (
	"encoding/binary"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"vlpd/config"
	"vlpd/confine"
	"vlpd/diag"
	"vlpd/event"
	"vlpd/intake"
	"vlpd/lean"
	"vlpd/limit"
	"vlpd/liveness"
	"vlpd/metrics"
	"vlpd/platform"
	"vlpd/secret"
	"vlpd/sink"
	"vlpd/watch"
)

// outRecords is room for what one Observe or one batch of stalls appends.
const outRecords = max(stallBatch, watch.PerBeat)

// build makes all parts, in the order in which they can fail cheaply: what is
// asked for is checked before anything of the machine is changed. The observer
// it returns is good for close even if there is an error.
func build(c *config.Config, release Release, log *diag.Log, files sink.FS) (*observer, error) {
	l := &loop{out: make([]event.Record, 0, outRecords), changesOnly: c.Log.Events == "changes"}
	o := &observer{c: c, release: release, diag: log, files: files, loop: l}
	var err error
	o.notifySocket, o.watchdogTime, err = liveness.Environ() // before buildRecovery hides it from commands
	if err != nil {
		log.SayError(diag.Warn, "watchdog", err)
	}
	for _, line := range c.Lines {
		if err := intake.CheckLine(line, intake.SystemPlaces); err != nil {
			return o, err
		}
	}
	format := &event.Format{Names: sourceNames(c), BootID: bootID(), Version: release.Version}
	l.notes = newNotes(log, format)
	l.count.sources = make([]sourceCount, len(format.Names))
	l.labels = append(l.labels, c.Sockets...)
	for _, line := range c.Lines {
		l.labels = append(l.labels, line.Name)
	}
	if c.UDP.PortSet {
		l.labels = append(l.labels, udpLabel)
	}
	steps := []func(*observer, *event.Format) error{
		checkLive, findUser, buildTime, buildSockets, becomeUser, buildUDP, buildTable, buildProcesses,
		buildMetrics, buildRecovery, settleDown, buildAudit, buildLog, buildLines, buildReplay, buildLive, // files last: a start that fails leaves none
	}
	for _, step := range steps {
		if err := step(o, format); err != nil {
			return o, o.explain(err)
		}
	}
	return o, o.letGo()
}

// sourceNames numbers the sources: sockets first, whose agents are bare pids,
// then lines, then UDP, whose agents are bare pids as well, as in the original.
func sourceNames(c *config.Config) []string {
	names := make([]string, len(c.Sockets), len(c.Sockets)+len(c.Lines)+1)
	for _, line := range c.Lines {
		names = append(names, line.Name)
	}
	if c.UDP.PortSet {
		names = append(names, "")
	}
	return names
}

// buildTime makes the clock, the epoll set, and what rings in it.
func buildTime(o *observer, _ *event.Format) (err error) {
	l := o.loop
	if l.clock, err = platform.NewClock(clockID(o.c.Clock)); err != nil {
		return err
	}
	if l.poller, err = platform.NewPoller(); err != nil {
		return err
	}
	if l.timer, err = platform.NewTimer(l.clock.ID()); err != nil {
		return err
	}
	if l.wall, err = platform.NewWallWatch(); err != nil {
		return err
	}
	if l.signals, err = listenSignals(); err != nil {
		return err
	}
	if l.bell, err = platform.NewDoorbell(); err != nil {
		return err
	}
	if o.c.ShutdownAfterSet {
		l.stopAt = max(1, l.clock.Now()+int64(o.c.ShutdownAfter))
	}
	for _, m := range []struct {
		fd    int
		token uint64
	}{{l.timer.FD(), tokenTimer}, {l.wall.FD(), tokenWall}, {l.signals.bell.FD(), tokenSignal}, {l.bell.FD(), tokenLineNews}} {
		if err := l.poller.Add(m.fd, unix.EPOLLIN, m.token); err != nil {
			return err
		}
	}
	return nil
}

func buildSockets(o *observer, _ *event.Format) error {
	l := o.loop
	users, err := agentUsers(o.c.Trust.Users)
	if err != nil {
		return err
	}
	for i, path := range o.c.Sockets {
		u, err := intake.ListenUnix(intake.UnixConfig{
			Path: path, Mode: o.c.ModeOfSockets(), RcvBuf: o.c.RcvBuf, QueueLen: o.c.QueueLen, Heir: o.user.UID, Users: users})
		if err != nil {
			return err
		}
		s := socket{unix: u, source: uint16(i), batched: u.Raised(), open: o.c.ModeOfSockets()&0o066 != 0}
		l.sockets = append(l.sockets, s)
		events := uint32(unix.EPOLLIN)
		if s.batched {
			events = wakeOnce
		}
		if err := l.poller.Add(u.FD(), events, tokenSocket|uint64(i)); err != nil {
			return err
		}
		if o.c.QueueLen > 0 && !u.Raised() {
			o.diag.Say(diag.Info, "socket "+path+": the kernel queues "+strconv.Itoa(u.QueueLimit())+
				" datagrams (net.unix.max_dgram_qlen); not permitted to raise that to "+strconv.Itoa(o.c.QueueLen)+
				", so beats of many agents at once may find it full")
		}
		if err := u.DirSyncErr(); err != nil {
			o.diag.SayError(diag.Warn, "uds bind: parent-directory fsync failed (durability degraded)", err)
		}
	}
	return nil
}

func buildTable(o *observer, _ *event.Format) error {
	c := o.c
	cfg := watch.Config{Capacity: c.Capacity, Thresholds: []int64{int64(c.Threshold)}, Evict: c.Evict, Seed: seed(), Vouch: true,
		AgentRate: c.Limits.PerAgent, GlobalRate: c.Limits.Global, GlobalBurst: c.Limits.GlobalBurst}
	for range c.Sockets {
		cfg.Kinds = append(cfg.Kinds, watch.Local)
	}
	for _, line := range c.Lines {
		kind := watch.Wire
		if line.KeyFile != "" {
			kind = watch.SealedWire
		}
		cfg.Kinds = append(cfg.Kinds, kind)
	}
	if c.UDP.PortSet {
		kind := watch.Net
		if c.UDP.Keyed() {
			kind = watch.Sealed
		}
		cfg.Kinds = append(cfg.Kinds, kind)
	}
	if err := cfg.Check(); err != nil {
		return err
	}
	o.loop.table = watch.New(cfg)
	o.loop.refusals.intervalNS = limit.Interval(c.Limits.PerAgent)
	o.loop.lateNS = min(lateNS, int64(c.Threshold)/2)
	return nil
}

// seed makes the table's hash unforeseeable, as far as the kernel can so early.
func seed() uint32 {
	var b [4]byte
	fillRandom(b[:])
	return binary.NativeEndian.Uint32(b[:])
}

func buildLog(o *observer, format *event.Format) (err error) {
	c, l := &o.c.Log, o.loop
	if c.Path == "" {
		return nil
	}
	if c.SyncEvery == 0 && c.SyncInterval == 0 && c.SyncKinds == 0 {
		o.diag.Say(diag.Warn, "event log: without any --export-file-sync-* no row is ever synced: a power cut may take all")
	}
	adviseLink(o.diag, c.Path)
	rows := &event.Rows{Format: format}
	l.log, err = sink.Open(sink.Options{
		Path: c.Path, MaxBytes: c.MaxBytes, Generations: c.Generations,
		SyncEvery: c.SyncEvery, SyncInterval: c.SyncInterval, SyncKinds: c.SyncKinds, Budget: c.Budget,
		Beats: max(8192, o.c.Capacity), Events: eventSlots(o.c.Capacity),
		Row: rows.Append,
		Start: func() event.Record {
			return event.Record{Kind: event.Start, ID: uint32(os.Getpid()), Value: wallNS()}
		},
		FS:    o.files,
		Clock: l.clock.Reader(),
		Say:   func(level sink.Level, text string) { o.diag.Say(diag.Level(level), "event log: "+text) },
	})
	if err != nil {
		return lean.Wrap("--export-file", err)
	}
	o.stats = l.log.Stats()
	return nil
}

// eventSlots lets every agent stall at once, twice, while the flash is stuck.
func eventSlots(capacity int) int { return max(1024, 2*capacity) }

func buildMetrics(o *observer, format *event.Format) (err error) {
	c, l := o.c, o.loop
	if !c.PromSet {
		return nil
	}
	auth := metrics.Anonymous()
	if !c.PromAnonymous {
		token, err := secret.ReadToken(c.PromToken)
		if err != nil {
			return lean.Mark("--prom-token-file "+err.Error(), err)
		}
		auth = metrics.Bearer(token)
	}
	l.times = durations{on: true, turnBudget: int64(c.Live.TurnBudget), serveBudget: int64(c.Live.ScrapeBudget)}
	err = o.with(confine.Ports, func() (err error) {
		l.server, err = metrics.Listen(c.PromAddr, metrics.Options{
			Auth: auth, RatePerSec: c.PromRate, Burst: c.PromBurst, NewPage: func() metrics.Page { return newPage(o, format) }})
		return err
	})
	if err != nil {
		return lean.Wrap("--prom-addr", err)
	}
	if !c.PromAddr.Loopback() {
		o.diag.Say(diag.Warn, "/metrics is bound to a non-loopback address ("+l.server.Addr().String()+"); the token travels in the clear")
	}
	return l.server.Attach(l.poller, tokenMetrics)
}
