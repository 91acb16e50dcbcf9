package observer

import (
	"strconv"

	"vlpd/diag"
	"vlpd/intake"
	"vlpd/lean"
	"vlpd/recovery"
)

// statesSilent bounds how many silent agents SIGUSR1 lists: stderr is a serial
// console on some boards, and its buffer is not endless.
const statesSilent = 32

// sayState tells the state of everything on stderr, one line a thing: it is
// what SIGUSR1 asks for.
func (l *loop) sayState() {
	t := l.table
	silent := 0
	for i := range t.Slots() {
		if a, ok := t.At(i); ok && a.Stalled() {
			silent++
		}
	}
	n := l.notes
	b := lean.Add(n.text[:0], "state: up ")
	b = appendSeconds(b, uint64(l.now))
	b = addNumber(b, ", agents ", uint64(t.Len()))
	b = addNumber(b, " of ", uint64(t.Cap()))
	b = addNumber(b, ", silent ", uint64(silent))
	b = addNumber(b, ", turns ", l.count.turns)
	b = addNumber(b, ", pauses ", l.count.pauses)
	if l.log != nil {
		st := l.log.Stats()
		b = addNumber(b, "; log rows ", st.Records.Load())
		b = addNumber(b, ", synced ", st.Synced.Load())
		b = addNumber(b, ", waiting ", uint64(l.log.RingRecords()))
		b = addNumber(b, ", lost ", st.LostRing.Load()+st.LostDisk.Load()+st.LostBudget.Load())
	}
	n.say(b)
	if l.confined != "" {
		n.say(lean.Add(lean.Add(n.text[:0], "state: "), l.confined))
	}
	l.sayRecovery()
	for i := range l.count.sources {
		n.say(l.sourceState(n.text[:0], i))
	}
	l.saySilent()
}

// sayRecovery tells of commands and of their record, if there are any.
func (l *loop) sayRecovery() {
	n := l.notes
	if r := l.recover; r != nil {
		o := &r.table.Counts().Outcomes
		b := addNumber(n.text[:0], "state: commands running ", uint64(r.runner.Running()))
		b = addNumber(b, ", started ", o[recovery.Spawned])
		b = addNumber(b, ", well ", o[recovery.ReapedZero])
		b = addNumber(b, ", failed ", o[recovery.ReapedNonzero]+o[recovery.Killed]+o[recovery.SpawnFailed])
		n.say(b)
	}
	if l.audit != nil {
		st := l.audit.Stats()
		b := addNumber(n.text[:0], "state: audit records ", st.Records.Load())
		b = addNumber(b, ", synced ", st.Synced.Load())
		b = addNumber(b, ", lost ", st.Dropped.Load())
		n.say(b)
	}
}

func (l *loop) sourceState(b []byte, i int) []byte {
	c := &l.count.sources[i]
	b = lean.Add(lean.Add(b, "state: source "), l.labels[i])
	if line := i - len(l.sockets); line >= 0 && line < len(l.busy) {
		if l.busy[line].up {
			b = addNumber(b, " is up at ", uint64(l.busy[line].baud))
			b = lean.Add(lean.Add(b, " baud, "), l.lines.Line(line).Diagnose(l.now).String())
		} else {
			b = lean.Add(b, " is down")
		}
	}
	b = addNumber(b, ": frames ", c.received())
	b = addNumber(b, ", beats ", c.beats)
	for why := intake.Accepted + 1; why < intake.Reasons; why++ {
		if n := c.dropped[why]; n > 0 {
			b = addNumber(lean.Add(lean.Add(b, ", "), why.Label()), " ", n)
		}
	}
	return b
}

// saySilent lists who is silent, and for how long.
func (l *loop) saySilent() {
	t, n := l.table, l.notes
	said := 0
	for i := range t.Slots() {
		a, ok := t.At(i)
		if !ok || !a.Stalled() {
			continue
		}
		if said++; said > statesSilent {
			n.say(lean.Add(n.text[:0], "state: more agents are silent; /metrics has them all"))
			return
		}
		b := n.format.AppendAgent(lean.Add(n.text[:0], "state: agent "), a.Source(), a.PID())
		b = lean.Add(b, " is silent for ")
		b = appendSeconds(b, uint64(l.now-a.LastNS()))
		b = addNumber(b, ", last nonce ", a.Nonce())
		b = addNumber(b, ", stalls ", uint64(a.Stalls()))
		n.say(b)
	}
}

// addNumber appends a text and a number.
//
//go:noinline
func addNumber(b []byte, text string, n uint64) []byte {
	return strconv.AppendUint(lean.Add(b, text), n, 10)
}

func (n *notes) say(text []byte) {
	n.text = text[:0]
	n.log.SayBytes(diag.Info, text)
}
