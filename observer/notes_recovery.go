package observer

import (
	"strconv"

	"golang.org/x/sys/unix"

	"vlpd/children"
	"vlpd/diag"
	"vlpd/lean"
	"vlpd/recovery"
)

// refusalTexts are why no command runs for an agent, for people; "" is not told:
// what is only put off comes again.
var refusalTexts = [recovery.Outcomes]string{
	recovery.RefusedUnauthenticatedTransport: "nothing proves who sends its beats (UDP, a line without trust=yes, or a sender outside our pid namespace)",
	recovery.RefusedCrossNamespace:           "agent's PID namespace differs from ours; --allow-cross-namespace-agents would allow it",
	recovery.RefusedDebounceCapacity:         "too many agents are in their debounce time",
	recovery.RefusedSocketModeOnly:           "nothing but the socket's mode proves who sends its beats",
	recovery.RefusedLineDown:                 "its line is down; to be judged anew when it is up",
	recovery.RefusedPIDRecycled:              "the pid belongs to another process by now",
}

// toldAs sorts the lines about recovery: many of one sort leave room for the
// first of another.
type toldAs uint8

const (
	toldRefused toldAs = iota
	toldSpawned
	toldSpawnFailed
	toldEnded
	toldCutOff
	toldSorts
)

// agentText begins a line about the recovery of an agent.
func (n *notes) agentText(k recovery.Key) []byte {
	return n.format.AppendAgent(lean.Add(n.text[:0], "recovery for pid "), k.Source, k.PID)
}

func (n *notes) refused(l *loop, k recovery.Key, o recovery.Outcome) {
	if refusalTexts[o] == "" {
		return
	}
	n.text = lean.Add(lean.Add(n.agentText(k), " REFUSED: "), refusalTexts[o])
	n.tell(l, toldRefused, diag.Warn, k, 0, "")
}

func (n *notes) spawned(l *loop, k recovery.Key, r *children.Result) {
	n.text = strconv.AppendInt(lean.Add(n.agentText(k), " spawned (child "), int64(r.PID), 10)
	n.text = append(n.text, ')')
	n.tell(l, toldSpawned, diag.Info, k, r.PID, "")
}

func (n *notes) spawnFailed(l *loop, k recovery.Key, r *children.Result) {
	n.text = lean.Add(n.agentText(k), " failed to spawn")
	n.tell(l, toldSpawnFailed, diag.Error, k, 0, l.recover.command.Program()+": "+r.Err().Error()+spawnHint(r))
}

// spawnHint says what execve(2) leaves open.
func spawnHint(r *children.Result) string {
	switch {
	case r.Call != "execve":
	case r.Errno == unix.ENOENT: // also of a first line that ends in CR
		return " (the program, or the interpreter that its first line names)"
	case r.Errno == unix.ENOEXEC:
		return " (the first line of a script is #! and its interpreter)"
	}
	return ""
}

// ended tells of commands that did not do what they should.
func (n *notes) ended(l *loop, k recovery.Key, r *children.Result) {
	if endOf(r) == recovery.ReapedZero {
		return
	}
	n.text = strconv.AppendInt(lean.Add(n.text[:0], "recovery child "), int64(r.PID), 10)
	switch {
	case l.recover.stopping:
		n.text = lean.Add(n.text, " was ended, for the observer stops")
	case r.TimedOut:
		n.text = lean.Add(n.text, " killed after timeout")
	case r.Signal != 0:
		n.text = strconv.AppendInt(lean.Add(n.text, " exited non-zero: signal: "), int64(r.Signal), 10)
	case r.Errno != 0:
		n.text = lean.Add(n.text, ": nobody knows how it ended")
	default:
		n.text = strconv.AppendInt(lean.Add(n.text, " exited non-zero: exit status: "), int64(r.ExitCode), 10)
	}
	if said := lastLine(r.Tail); len(said) > 0 {
		n.text = append(lean.Add(n.text, "; it said: "), said...)
	}
	n.tell(l, toldEnded, diag.Warn, k, r.PID, "")
}

// cutOff tells of a program that a command has left running: an agent that it
// started anew, for one, which would die again and again.
func (n *notes) cutOff(l *loop, child int32) {
	n.text = strconv.AppendInt(lean.Add(n.text[:0], "recovery child "), int64(child), 10)
	n.text = lean.Add(n.text, " left a program running that has its output, which is closed now: SIGPIPE ends whoever prints there; start it with >/dev/null 2>&1")
	n.tell(l, toldCutOff, diag.Warn, recovery.Key{}, child, "")
}

// lastLine is the last line of output that is not blank, the end of it if it
// is long.
func lastLine(out []byte) []byte {
	const most = 160
	out = lean.TrimBlanks(out)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i] == '\n' {
			out = out[i+1:]
			break
		}
	}
	return out[max(0, len(out)-most):]
}

// tell sends n.text, unless too much of its sort was told lately.
func (n *notes) tell(l *loop, as toldAs, level diag.Level, k recovery.Key, child int32, errText string) {
	suppressed, ok := l.recover.told[as].pass(l.now, &l.count.suppressed)
	if !ok {
		return
	}
	n.count(suppressed)
	pid := uint32(0)
	if int(k.Source) < len(l.sockets) {
		pid = k.PID
	}
	n.log.SayRecovery(level, n.text, pid, uint32(child), errText)
}
