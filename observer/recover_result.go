package observer

import (
	"golang.org/x/sys/unix"

	"vlpd/audit"
	"vlpd/children"
	"vlpd/recovery"
)

// result takes news of one command.
func (l *loop) result(r *children.Result) {
	k, ok := l.recover.table.Of(r.Token)
	if !ok {
		return // it ended as we stop, and was recorded
	}
	who := audit.Agent{Source: k.Source, ID: k.PID}
	switch r.What {
	case children.Spawned:
		l.recover.table.Spawned(r.Token)
		if l.audit != nil {
			l.audit.Spawn(who, uint32(r.PID), l.recover.number, l.argvBytes(k))
		}
		l.notes.spawned(l, k, r)
	case children.SpawnFailed:
		l.recover.table.SpawnFailed(r.Token, l.now)
		if l.audit != nil {
			l.audit.SpawnFailed(who, auditCall(r.Call), r.Errno)
		}
		l.notes.spawnFailed(l, k, r)
	case children.Ended:
		l.recover.table.Ended(r.Token, l.now, endOf(r))
		if l.audit != nil {
			l.audit.Complete(who, uint32(r.PID), auditEnd(r, l.recover.stopping))
		}
		l.notes.ended(l, k, r)
	}
}

func endOf(r *children.Result) recovery.Outcome {
	switch {
	case r.TimedOut:
		return recovery.Killed
	case r.ExitCode == 0:
		return recovery.ReapedZero
	}
	return recovery.ReapedNonzero
}

func auditCall(call string) audit.Call {
	switch call {
	case "execve":
		return audit.Execve
	case "pipe2":
		return audit.Pipe2
	}
	return audit.Clone
}

// auditEnd is what the audit log says of an end; the status is put together as
// wait4(2) gives it.
func auditEnd(r *children.Result, stopping bool) audit.End {
	e := audit.End{Outcome: audit.Reaped, DurationNS: uint64(r.DurationNS), Stdout: r.Stdout, Stderr: r.Stderr,
		Truncated: r.Stdout+r.Stderr > uint64(len(r.Tail)), Tail: r.Tail}
	if e.Status = unix.WaitStatus(r.Signal); r.Signal == 0 {
		e.Status = unix.WaitStatus(r.ExitCode << 8)
	}
	switch {
	case r.Errno != 0:
		e.Outcome = audit.ReapFailed
	case r.TimedOut || stopping && (r.Signal != 0 || r.ExitCode != 0):
		e.Outcome = audit.Killed
	}
	return e
}
