package observer

import (
	"strconv"

	"vlpd/diag"
	"vlpd/event"
	"vlpd/lean"
)

// notes tells people, on stderr, what they should look at: who fell silent and
// who is back, lines that come and go. Beats and refused frames are for the
// event log and the counters.
//
// The first of a kind is always told. When a kind comes in masses, one line a
// second goes out and says how many were held back.
type notes struct {
	log    *diag.Log
	format *event.Format
	kinds  [event.Kinds]lineLimit
	pauses lineLimit
	text   []byte
}

// lineLimit is a token bucket of whole lines.
type lineLimit struct {
	begun      bool
	tokens     int64
	at         int64 // up to when tokens were earned
	suppressed uint64
}

const (
	noteBurst   = 20
	noteEveryNS = int64(1e9)
)

func newNotes(log *diag.Log, format *event.Format) *notes {
	return &notes{log: log, format: format, text: make([]byte, 0, 256)}
}

// pass reports whether a line may go out, and how many were held
// back before; held counts them for good.
func (m *lineLimit) pass(now int64, held *uint64) (suppressed uint64, ok bool) {
	if !m.begun {
		m.begun, m.tokens, m.at = true, noteBurst, now
	}
	if earned := (now - m.at) / noteEveryNS; earned > 0 {
		m.tokens = min(noteBurst, m.tokens+earned)
		m.at += earned * noteEveryNS
	}
	if m.tokens == 0 {
		m.suppressed++
		*held++
		return 0, false
	}
	m.tokens--
	suppressed, m.suppressed = m.suppressed, 0
	return suppressed, true
}

// noted are the kinds that people are told of, and how much they matter.
var noted = [event.Kinds]struct {
	told  bool
	level diag.Level
}{
	event.Stall:     {true, diag.Warn},
	event.Recovered: {true, diag.Info},
	event.Session:   {true, diag.Info},
	event.Exit:      {true, diag.Info},
	event.Eviction:  {true, diag.Warn},
	event.Line:      {true, diag.Warn},
	event.IO:        {true, diag.Warn},
	event.Mismatch:  {true, diag.Warn},
	event.Clock:     {true, diag.Info},
}

// event tells of one event.
func (n *notes) event(l *loop, r *event.Record) {
	if !noted[r.Kind].told {
		return
	}
	suppressed, ok := n.kinds[r.Kind].pass(l.now, &l.count.suppressed)
	if !ok {
		return
	}
	level := noted[r.Kind].level
	n.text = n.append(n.text[:0], r)
	if r.Kind == event.Line && r.Status == 1 && r.Code != event.LineRestored {
		level = diag.Info
	}
	n.send(level, suppressed)
}

func (n *notes) append(dst []byte, r *event.Record) []byte {
	switch r.Kind {
	case event.Stall:
		dst = lean.Add(n.agent(dst, r), " is silent for ")
		return appendSeconds(dst, r.Value)
	case event.Recovered:
		dst = lean.Add(n.agent(dst, r), " beats again after ")
		return appendSeconds(dst, r.Value)
	case event.Session:
		return lean.Add(n.agent(dst, r), " started anew")
	case event.Exit:
		return lean.Add(n.agent(dst, r), " has ended")
	case event.Eviction:
		return lean.Add(n.agent(dst, r), " is forgotten to make room for another")
	case event.Line:
		dst = lean.Add(lean.Add(dst, "line "), n.format.Names[r.Source])
		if r.Status == 1 {
			dst = lean.Add(dst, " is up: ")
			if r.Code == event.LineRestored {
				return lean.Add(dst, "another program (stty, a getty on it?) had changed its settings; they are restored")
			}
		} else {
			dst = lean.Add(dst, " is down: ")
		}
	case event.Mismatch:
		dst = lean.Add(n.agent(dst, r), ": frame refused: ")
		if r.Code == event.MismatchAuth { // who it was; in a container, whose number is another there
			dst = n.format.AppendPayload(dst, r)
			return lean.Add(strconv.AppendUint(lean.Add(dst, ": process "), r.Value, 10), " sent it")
		}
	case event.Clock:
		return lean.Add(dst, "the wall clock was set")
	case event.IO:
		dst = lean.Add(dst, "receive: ")
	}
	dst = n.format.AppendPayload(dst, r)
	if r.Kind == event.IO && r.Code == event.IOForeignUID {
		dst = strconv.AppendUint(lean.Add(dst, "; its beats are taken with --agent-user "), r.Nonce, 10)
	}
	return dst
}

func (n *notes) agent(dst []byte, r *event.Record) []byte {
	return n.format.AppendAgent(lean.Add(dst, "agent "), r.Source, r.ID)
}

// pause tells that the observer could not run.
func (n *notes) pause(l *loop, late int64) {
	if suppressed, ok := n.pauses.pass(l.now, &l.count.suppressed); ok {
		n.text = lean.Add(n.text[:0], "could not run for at least ")
		n.text = appendSeconds(n.text, uint64(late))
		n.text = lean.Add(n.text, "; that time is not counted as silence")
		n.send(diag.Warn, suppressed)
	}
}

func (n *notes) send(level diag.Level, suppressed uint64) {
	n.count(suppressed)
	n.log.SayBytes(level, n.text)
}

// count says behind n.text how many lines were held back.
func (n *notes) count(suppressed uint64) {
	if suppressed > 0 {
		n.text = lean.Add(n.text, " (suppressed ")
		n.text = strconv.AppendUint(n.text, suppressed, 10)
		n.text = append(n.text, ')')
	}
}

// appendSeconds writes ns as seconds with a millisecond's precision.
func appendSeconds(dst []byte, ns uint64) []byte {
	ms := ns / 1e6
	dst = strconv.AppendUint(dst, ms/1000, 10)
	dst = append(dst, '.', byte('0'+ms/100%10), byte('0'+ms/10%10), byte('0'+ms%10))
	return lean.Add(dst, " s")
}
