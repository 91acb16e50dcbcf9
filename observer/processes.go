package observer

import (
	"vlpd/config"
	"vlpd/diag"
	"vlpd/event"
	"vlpd/intake"
	"vlpd/lean"
	"vlpd/trust"
	"vlpd/vlp"
	"vlpd/watch"
)

// exitBatch is how many ends of processes are told before the rest of a turn
// has its share.
const exitBatch = 64

// stranger is the path of a frame whose sender must be judged, by the process
// behind it. Accepted says that it was observed, whatever came of that; anything
// else refuses it.
func (l *loop) stranger(s *socket, i int, f *vlp.Frame) intake.Reason {
	pinned := false
	switch l.processes.Judge(l.now, s.source, f.PID, !s.unix.Unattested(i)) {
	case trust.Pinned:
		pinned = true
	case trust.Another:
		l.table.NewSession(s.source, f.PID)
	case trust.Foreign:
		return intake.ForeignNamespace
	case trust.Origin:
		return intake.OriginConflict
	case trust.Conflict:
		return intake.NamespaceConflict
	case trust.Full:
		return intake.Capacity
	}
	l.sayProcesses()
	out, verdict := l.table.ObserveVouched(l.now, s.source, f, pinned, l.out[:0])
	if verdict == watch.Full || verdict == watch.AllTooFast {
		l.forgetStranger(s.source, f.PID)
	}
	l.observed(&l.count.sources[s.source], out, verdict)
	return intake.Accepted
}

// exits tells which processes have ended. What they sent is read first: the
// last beat of a process is still its own.
func (l *loop) exits() (more bool) {
	if l.processes == nil || !l.processes.Gather() {
		return false
	}
	l.drain()
	l.ended, more = l.processes.Exited(l.ended[:0])
	for _, e := range l.ended {
		l.table.Unvouch(e.Source, e.PID)
		a, known := l.table.Find(e.Source, e.PID)
		if !known {
			continue
		}
		l.emit(&event.Record{At: l.now, Kind: event.Exit, Source: e.Source, ID: e.PID,
			Nonce: a.Nonce(), Status: uint8(a.Status())})
	}
	return more
}

// forgetStranger lets go of the process behind a frame whose agent the table did
// not let in: nobody would ever evict it.
func (l *loop) forgetStranger(source uint16, pid uint32) {
	if _, known := l.table.Find(source, pid); !known {
		l.processes.Forget(source, pid)
	}
}

// sayProcesses tells people, once, what keeps processes from being judged well.
func (l *loop) sayProcesses() {
	if err := l.processes.News(); err != nil {
		l.notes.log.Say(diag.Warn, "processes: "+err.Error())
	}
}

// strict ends the observer at the first agent of another pid namespace.
func (l *loop) strict(r *event.Record) {
	if l.isStrict && l.fatal == nil {
		l.fatal = lean.New("FATAL --strict-namespace-check: cross-namespace agent detected for claimed pid " +
			string(l.notes.format.AppendAgent(nil, r.Source, r.ID)) +
			"; give it a socket of its own namespace, or --allow-cross-namespace-agents")
	}
}

// buildProcesses makes what knows the processes behind the sockets' agents.
func buildProcesses(o *observer, _ *event.Format) (err error) {
	l, c := o.loop, o.c
	if len(c.Sockets) == 0 {
		return nil
	}
	others := otherFDs(c)
	soft, err := trust.RaiseNOFILE(uint64(c.Capacity) + others)
	if err != nil {
		o.diag.SayError(diag.Warn, "cannot raise the limit of open files", err)
	}
	l.isStrict = c.Trust.Strict && !c.Trust.AllowForeign
	l.ended = make([]trust.Exit, 0, exitBatch)
	l.processes, err = trust.New(trust.Config{
		Capacity: c.Capacity, Descriptors: int(min(max(soft, others)-others, trust.MaxCapacity*2)),
		AllowCrossNamespace: c.Trust.AllowForeign, Seed: seed(), Now: l.clock.Now,
	})
	if err != nil {
		return err
	}
	l.sayProcesses()
	return l.processes.Attach(l.poller, tokenProcesses)
}

// otherFDs is how many descriptors are kept from processes: for sockets, files
// and scrapes, and for lines and commands, without which an agent is not heard
// or not helped. A process without one only has an exit that is not seen.
func otherFDs(c *config.Config) uint64 {
	n := 2*trust.Reserve + len(c.Sockets) + len(c.Lines)
	if c.Recovery.IsSet() {
		n += fdsPerCommand * min(c.Recovery.AtOnce(c.Capacity), commandsForSure)
	}
	return uint64(n)
}

const (
	fdsPerCommand   = 4  // a pidfd, two outputs, the report of execve
	commandsForSure = 32 // at once; more where the limit allows
)
