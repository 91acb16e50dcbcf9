package observer

import (
	"vlpd/audit"
	"vlpd/event"
	"vlpd/intake"
	"vlpd/liveness"
	"vlpd/metrics"
	"vlpd/platform"
	"vlpd/sink"
	"vlpd/trust"
	"vlpd/watch"
)

// Tokens say which member of the epoll set is ready: the kind above, an index
// below.
const (
	tokenTimer = uint64(iota) << 32
	tokenSocket
	tokenLine
	tokenLineNews
	tokenWall
	tokenSignal
	tokenMetrics
	tokenProcesses
	tokenUDP

	tokenKind = 0xffffffff << 32
)

// loop is the one owner of agents, counters and time. All of it runs in one
// goroutine, in turns; a turn never calls anything that can block.
//
//	ready descriptors → frames → beats → table → events → outside
//	                                       ↑
//	                       the clock: deadlines that passed
type loop struct {
	clock  *platform.Clock
	poller *platform.Poller
	timer  *platform.Timer
	wall   *platform.WallWatch

	sockets   []socket
	labels    []string     // of the sources: a socket's path, a line's name
	udp       *udpSource   // nil: none
	keyrings  []*keyring   // of sources whose frames are sealed
	replay    *replayStore // keeps what they remember; nil: it dies with us
	lines     *intake.Lines
	busy      []lineState        // by line
	bell      *platform.Doorbell // rung when a line opened or failed to
	table     *watch.Table
	recover   *recoverer       // nil: there is no command
	audit     *audit.Log       // nil: there is none
	processes *trust.Processes // behind the sockets' agents
	ended     []trust.Exit
	log       *sink.Log // nil: no event log
	server    *metrics.Server
	signals   *signals
	keeper    *liveness.Keeper // nil: nobody asked

	changesOnly bool
	isStrict    bool  // an agent of another pid namespace ends us
	fatal       error // what ends us other than a signal
	stopAt      int64 // when to stop by ourselves; 0: never
	stopCode    uint16

	lateNS   int64  // lateness from which on it counts as a pause
	late     int64  // how much later than the timer was due this turn began
	now      int64  // of this turn
	lastTurn int64  // when the last turn ended
	judgedAt uint64 // number of the turn in which deadlines were judged last
	excused  int64  // pauses until then were forgiven in the midst of a turn
	out      []event.Record
	count    counters
	times    durations
	refusals refusals
	notes    *notes

	confined    string // what was given up at start, for people; "": nothing
	lineAdvised bool   // what to do about EACCES of a line was said
}

// turn serves everything that is ready and judges every deadline that has
// passed. It reports idle when the goroutine may park, with the timer set for
// what comes next, and done when the observer is to stop.
func (l *loop) turn() (idle, done bool) {
	n, more := l.poller.Poll()
	l.now = l.clock.Now()
	began := l.now
	l.times.begin(began)
	l.notePause()
	if l.log != nil {
		l.log.Spare(l.now) // before this turn fills it
	}
	if l.processes != nil {
		l.processes.Turn()
	}
	for i := range n {
		more = l.ready(l.poller.Event(i)) || more
	}
	more = l.receive() || more
	more = l.receiveUDP(batchesPerTurn) || more
	more = l.readLines() || more
	if l.replay != nil {
		more = l.replays() || more
	}
	more = l.exits() || more
	l.end(stagePoll)
	more = l.judge() || more
	l.end(stageJudge)
	if l.recover != nil {
		more = l.recoveries() || more
	}
	l.end(stageRecovery)
	if l.processes != nil {
		more = l.processes.Waiting() || more // the drains since exits may have found some
	}
	if l.log != nil {
		l.log.Publish() // before a scrape counts
	}
	if l.server != nil {
		l.server.Expire(l.now)
		more = l.server.Work(l.now) || more
		l.end(stageServe)
	}
	if l.log != nil {
		l.log.Tick(l.now)
		l.log.Flush()
	}
	l.end(stageUpkeep)
	if l.finished() {
		return false, true
	}
	l.keeper.Answer(l.count.turns+1, l.now)
	if !more {
		l.table.Settled()
		l.arm()
	}
	l.end(stageRest)
	l.endTurn(began)
	l.count.turns++
	l.lastTurn = l.now
	return !more, false
}

// ready takes one event of the epoll set, and reports whether its member may
// still be ready: then the set must be looked at again before the goroutine
// parks, for no new edge will tell (platform.Poller).
func (l *loop) ready(token uint64, events uint32) (more bool) {
	index := int(uint32(token))
	switch token & tokenKind {
	case tokenTimer:
		l.timer.Clear()
	case tokenSocket:
		l.sockets[index].wake()
	case tokenLine:
		l.busy[index].ready = true
	case tokenLineNews:
		l.lineNews()
	case tokenWall:
		if l.wall.Set() {
			l.emit(&event.Record{At: l.now, Kind: event.Clock, Value: wallNS()})
		}
	case tokenSignal:
		l.signals.bell.Answer()
	case tokenUDP:
		l.udp.pending = true
	case tokenProcesses:
		l.processes.Wake()
	case tokenMetrics:
		if index == metrics.ListenerToken {
			l.server.Accept(l.now)
		} else {
			l.server.Ready(index, events, l.now)
		}
		return true
	}
	return false
}

// arm sets the timer for the next thing that time alone brings. It is left
// alone when it rings before that: beats put deadlines off all the time, and
// one look in vain per threshold is cheaper than a system call per beat.
func (l *loop) arm() {
	next := int64(0)
	soonest := func(at int64) {
		if at != 0 && (next == 0 || at < next) {
			next = at
		}
	}
	if at, ok := l.table.Next(); ok {
		soonest(at)
	}
	if l.log != nil {
		soonest(l.log.Deadline())
	}
	if l.server != nil {
		if at, ok := l.server.Deadline(); ok {
			soonest(at)
		}
	}
	for i := range l.sockets {
		soonest(l.sockets[i].tickAt)
	}
	if l.recover != nil {
		if at, ok := l.recover.next(); ok {
			soonest(max(at, 1))
		}
	}
	if l.replay != nil {
		soonest(l.replay.next(l.now))
	}
	soonest(l.udp.retryAt())
	soonest(l.stopAt)
	soonest(l.keeper.Deadline())
	if next == 0 {
		return
	}
	for i := range l.sockets {
		if l.sockets[i].crowded(l.now, next) {
			soonest(l.now + l.lateNS)
		}
	}
	at := l.clock.Absolute(next)
	if armed := l.timer.Armed(); armed == 0 || at < armed {
		l.timer.Set(at)
	}
}

// finished reports whether a signal or the set time ends the observer.
func (l *loop) finished() bool {
	if sig := l.signals.take(); sig != 0 {
		l.stopCode = sig
	} else if l.stopAt != 0 && l.now >= l.stopAt {
		l.stopCode = event.StopAfterSecs
	} else if l.fatal != nil {
		l.stopCode = event.StopStrict
	}
	if l.signals.takeHangup() {
		l.reload()
	}
	for _, k := range l.keyrings {
		k.take(l.notes.log, l.signals.bell.Ring)
	}
	if l.signals.takeState() {
		l.sayState()
	}
	return l.stopCode != 0
}
