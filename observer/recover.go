package observer

import (
	"strconv"
	"time"

	"vlpd/audit"
	"vlpd/children"
	"vlpd/event"
	"vlpd/recovery"
	"vlpd/trust"
)

const (
	// startsPerTurn commands are asked for in a turn, and then none for startPause
	// each: three hundred programs that begin in the same instant would have the
	// processor to themselves for long enough to delay a deadline.
	startsPerTurn = 2
	startPauseNS  = int64(time.Millisecond)

	// endsPerTurn is how many results a turn takes.
	endsPerTurn = 64
)

// recoverer is what the loop does about silent agents: it decides when
// (package recovery), has commands started and hears how they ended (children),
// and has all of it recorded (audit).
type recoverer struct {
	table   *recovery.Table
	runner  *children.Runner
	command *children.Command
	number  uint32 // of the command in the audit log
	due     []recovery.Attempt
	startAt int64 // not before
	told    [toldSorts]lineLimit

	stopping bool // what ends now was ended by us
}

// recoverEvent tells of one event what matters for recovery.
func (l *loop) recoverEvent(r *event.Record) {
	t := l.recover.table
	k := recovery.Key{Source: r.Source, PID: r.ID}
	switch r.Kind {
	case event.Stall:
		l.decided(k, t.Stalled(l.now, k, l.vouched(r.Source, r.ID)))
	case event.Recovered:
		t.Recovered(k)
	case event.Eviction:
		t.Gone(k)
	case event.Line:
		if r.Status == 0 {
			t.LineDown(r.Source)
		} else {
			// Until then its agents are silent only because it was down.
			t.LineUp(r.Source, l.now+l.table.ThresholdNS(0))
		}
	}
}

// vouched says who proves that an agent is what it says it is.
func (l *loop) vouched(source uint16, pid uint32) recovery.Attestation {
	if l.udp != nil && source == l.udp.source {
		if l.udp.trusted {
			return recovery.Attested
		}
		return recovery.Unattested
	}
	if line := int(source) - len(l.sockets); line >= 0 {
		if l.busy[line].trusted {
			return recovery.Attested
		}
		return recovery.Unattested
	}
	standing := l.processes.Standing(source, pid)
	if standing == trust.Unjudged {
		_, standing = l.processes.Same(source, pid)
	}
	switch standing {
	case trust.CrossNamespace, trust.Refused:
		return recovery.CrossNamespace
	case trust.Unattested:
		return recovery.Unattested
	}
	return recovery.Attested
}

// isRecycled reports whether the pid of a local agent is another process's now.
func (l *loop) isRecycled(k recovery.Key) bool {
	if int(k.Source) >= len(l.sockets) {
		return false
	}
	who, _ := l.processes.Same(k.Source, k.PID)
	return who == trust.Recycled
}

// decided records a decision against starting a command now.
func (l *loop) decided(k recovery.Key, o recovery.Outcome) {
	if o == recovery.Pending {
		return
	}
	if l.audit != nil {
		l.audit.Refused(audit.Agent{Source: k.Source, ID: k.PID}, auditReasons[o])
	}
	l.notes.refused(l, k, o)
}

// auditReasons are the audit log's words for outcomes.
var auditReasons = [recovery.Outcomes]audit.Reason{
	recovery.Debounced:                       audit.Debounced,
	recovery.RefusedUnauthenticatedTransport: audit.UnauthenticatedTransport,
	recovery.RefusedCrossNamespace:           audit.CrossNamespaceAgent,
	recovery.RefusedDebounceCapacity:         audit.DebounceCapacity,
	recovery.RefusedOutstandingCapacity:      audit.OutstandingCapacity,
	recovery.RefusedSocketModeOnly:           audit.SocketModeOnly,
	recovery.RefusedLineDown:                 audit.LineDown,
	recovery.RefusedPIDRecycled:              audit.PIDRecycled,
}

// recoveries starts what is due and takes what has ended.
func (l *loop) recoveries() (more bool) {
	if child := l.recover.runner.CutOff(); child != 0 {
		l.notes.cutOff(l, child)
	}
	for range endsPerTurn {
		r, ok := l.recover.runner.Result()
		if !ok {
			return l.recoverDue()
		}
		l.result(&r)
	}
	l.recoverDue()
	return true
}

// recoverDue starts the commands whose time has come. The sources are read to
// their end first, if that was not just done to judge: who beats needs none.
func (l *loop) recoverDue() (more bool) {
	r := l.recover
	at, ok := r.next()
	if !ok || at > l.now {
		return false
	}
	if l.judgedAt != l.count.turns || l.count.turns == 0 {
		l.drain()
	}
	r.due = r.table.Due(l.now, r.due[:0])
	for _, a := range r.due {
		if a.Outcome != recovery.Pending {
			l.decided(a.Key, a.Outcome)
		} else if !r.runner.Start(children.Request{Token: a.Token, Command: r.command, Argv: l.argv(a.Key)}) {
			r.table.SpawnFailed(a.Token, l.now) // the runner has ended
		}
	}
	r.startAt = l.now + int64(len(r.due))*startPauseNS
	at, ok = r.next()
	return ok && at <= l.now
}

// next is when recoverDue has something to do.
func (r *recoverer) next() (at int64, ok bool) {
	at, ok = r.table.Next()
	return max(at, r.startAt), ok
}

// argv fills the command in for an agent. {pid} is a bare number only where it
// is a process of this machine: `kill {pid}` must not hit a process that
// happens to bear a device's id.
func (l *loop) argv(k recovery.Key) []string {
	agent := string(l.notes.format.AppendAgent(nil, k.Source, k.PID))
	pid := agent
	if l.udp != nil && k.Source == l.udp.source {
		pid = udpLabel + "/" + agent
	}
	return l.recover.command.Fill(&children.Values{
		PID: pid, ID: strconv.FormatUint(uint64(k.PID), 10), Source: l.labels[k.Source], Agent: agent})
}

// argvBytes is how long program and arguments are, joined with single blanks.
func (l *loop) argvBytes(k recovery.Key) uint32 {
	n := -1
	for _, word := range l.argv(k) {
		n += 1 + len(word)
	}
	return uint32(n)
}
