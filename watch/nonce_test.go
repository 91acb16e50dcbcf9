package watch

import (
	"fmt"
	"strings"
	"testing"

	"vlpd/event"
	"vlpd/vlp"
)

const (
	second = int64(1e9)
	end    = vlp.Terminal - wrapSpan // the first nonce a wrap can come from
)

// fr is a frame of the test's only agent; status follows from the nonce.
func fr(nonce, timestamp uint64) vlp.Frame {
	f := vlp.Frame{PID: 42, Nonce: nonce, Timestamp: timestamp, Payload: 7}
	if nonce == vlp.Terminal {
		f.Status = vlp.Critical
	}
	return f
}

// step is a frame, when it comes after the one before, and what should be
// said of it: the words of its records, or the verdict in brackets.
type step struct {
	afterNS int64
	frame   vlp.Frame
	want    string
	mark    bool // NewSession first
}

func at(nonce, timestamp uint64, want string) step {
	return step{afterNS: second, frame: fr(nonce, timestamp), want: want}
}

func late(nonce, timestamp uint64, want string) step { // after a silence of the threshold
	return step{afterNS: 10 * second, frame: fr(nonce, timestamp), want: want}
}

func marked(nonce, timestamp uint64, want string) step {
	return step{afterNS: second, frame: fr(nonce, timestamp), want: want, mark: true}
}

const (
	ok      = "beat"
	newborn = "session beat"
	old     = "(out of order)"
	dup     = "(duplicate)"
)

// Every line of the state table in the package comment, on every kind of
// source, and the histories that its prose argues about.
var histories = []struct {
	name     string
	kinds    []SourceKind
	steps    []step
	gaps     uint64 // on a Wire
	wraps    uint64
	restarts uint64
}{
	{name: "first beat with any nonce", kinds: all, steps: []step{at(700, 1, ok)}},
	{name: "first beat is nonce 0", kinds: all, steps: []step{at(0, 1, ok), at(1, 2, ok)}},
	{name: "first beat is terminal", kinds: all, steps: []step{at(vlp.Terminal, 1, ok)}},
	{name: "greater", kinds: all, gaps: 7, steps: []step{at(1, 1, ok), at(2, 2, ok), at(10, 3, ok)}},
	{name: "timestamps are not judged", kinds: all, steps: []step{at(1, 9, ok), at(2, 3, ok)}},
	{name: "terminal is greater and no gap", kinds: all, steps: []step{at(1, 1, ok), at(vlp.Terminal, 2, ok)}},
	{name: "copy of the last", kinds: all, steps: []step{at(5, 1, ok), at(5, 1, dup), late(5, 1, dup)}},
	{name: "copy of a first frame", kinds: all, steps: []step{at(1, 1, ok), at(1, 1, dup), at(2, 2, ok)}},
	{name: "same nonce, other bytes", kinds: all, steps: []step{at(5, 1, ok), at(5, 2, old), at(6, 3, ok)}},
	{name: "lower", kinds: all, steps: []step{at(5, 1, ok), at(3, 1, old), at(6, 2, ok)}},
	{name: "nothing old refreshes", kinds: all, steps: []step{at(5, 1, ok), late(4, 1, old), at(6, 2, ok)}},

	{name: "nonce 1 again", kinds: ordered, restarts: 1, steps: []step{at(500, 9, ok), at(1, 1, newborn), at(2, 2, ok)}},
	{name: "nonce 1 again and again", kinds: ordered, restarts: 2,
		steps: []step{at(1, 1, ok), at(1, 2, newborn), at(1, 2, dup), at(1, 3, newborn)}},
	{name: "nonce 1 again, datagrams", kinds: datagrams,
		steps: []step{at(500, 9, ok), at(1, 1, old), at(2, 2, old), at(501, 10, ok)}},
	{name: "nonce 1 again after silence", kinds: all, restarts: 1,
		steps: []step{at(500, 9, ok), late(1, 1, newborn), at(2, 2, ok)}},
	{name: "nonce 0 again", kinds: ordered, restarts: 1, steps: []step{at(500, 9, ok), at(0, 1, old), at(1, 2, newborn)}},

	{name: "panic, then a new start", kinds: all, restarts: 1, wraps: 1,
		steps: []step{at(9, 1, ok), at(vlp.Terminal, 2, ok), at(1, 1, newborn), at(2, 2, ok)}},
	{name: "panic survived", kinds: all, wraps: 1,
		steps: []step{at(9, 1, ok), at(vlp.Terminal, 2, ok), at(10, 3, ok), at(11, 4, ok)}},
	{name: "panic survived late in life", kinds: all, gaps: 0,
		steps: []step{at(wrapSpan+9, 1, ok), at(vlp.Terminal, 2, ok), at(wrapSpan+10, 3, ok), at(wrapSpan+11, 4, ok)}},
	{name: "second panic frame", kinds: all,
		steps: []step{at(9, 1, ok), at(vlp.Terminal, 2, ok), at(vlp.Terminal, 3, old), at(vlp.Terminal, 2, dup)}},
	{name: "panic in each of two sessions", kinds: all, restarts: 1, wraps: 1,
		steps: []step{at(vlp.Terminal, 2, ok), at(1, 1, newborn), at(vlp.Terminal, 3, ok)}},
	{name: "wrap", kinds: all, wraps: 1, steps: []step{at(vlp.Terminal-1, 1, ok), at(0, 2, ok), at(1, 3, ok)}},
	{name: "wrap with a hole", kinds: all, wraps: 1, gaps: 3, steps: []step{at(vlp.Terminal-2, 1, ok), at(2, 2, ok)}},
	{name: "widest wrap", kinds: all, wraps: 1, gaps: 2*wrapSpan - 2, steps: []step{at(end, 1, ok), at(wrapSpan-1, 2, ok)}},
	{name: "too early to wrap", kinds: all, steps: []step{at(end-1, 1, ok), at(2, 2, old)}},
	{name: "too late to wrap", kinds: all, steps: []step{at(vlp.Terminal, 1, ok), at(wrapSpan, 2, old)}},

	{name: "another process", kinds: all, restarts: 1, steps: []step{at(500, 9, ok), marked(300, 1, newborn), at(299, 2, old)}},
	{name: "another process, same frame", kinds: all, restarts: 1, steps: []step{at(500, 9, ok), marked(500, 9, newborn), at(500, 9, dup)}},
	{name: "another process further on", kinds: all, restarts: 1, steps: []step{at(5, 9, ok), marked(90, 1, newborn), at(91, 2, ok)}},

	{name: "fall continued", kinds: wires, restarts: 1, steps: []step{at(500, 9, ok), at(2, 1, old), at(3, 2, newborn), at(4, 3, ok)}},
	{name: "fall continued, elsewhere", kinds: elsewhere, steps: []step{at(500, 9, ok), at(2, 1, old), at(3, 2, old), at(4, 3, old)}},
	{name: "fall continued after silence", kinds: all, restarts: 1,
		steps: []step{at(500, 9, ok), late(2, 1, old), at(3, 2, newborn), at(4, 3, ok)}},
	{name: "old copy after silence", kinds: elsewhere, steps: []step{at(500, 9, ok), late(499, 8, old), at(499, 8, old)}},
	{name: "fall continued with a hole", kinds: wires, restarts: 1, gaps: 15, steps: []step{at(500, 9, ok), at(2, 1, old), at(18, 2, newborn)}},
	{name: "fall continued too far on", kinds: wires, steps: []step{at(500, 9, ok), at(2, 1, old), at(19, 2, old)}},
	{name: "fall continued at last", kinds: wires, restarts: 1, steps: []step{at(500, 9, ok), at(2, 1, old), at(19, 2, old), at(20, 3, newborn)}},
	{name: "fall continued in an equal instant", kinds: wires, restarts: 1, steps: []step{at(500, 9, ok), at(2, 4, old), at(3, 4, newborn)}},
	{name: "fall continued by an earlier frame", kinds: wires, steps: []step{at(500, 9, ok), at(2, 4, old), at(3, 3, old)}},
	{name: "fall continued up to the stored nonce", kinds: wires, restarts: 1, steps: []step{at(3, 9, ok), at(2, 1, old), at(3, 2, newborn)}},
	{name: "fall continued past the stored nonce", kinds: wires, steps: []step{at(3, 9, ok), at(2, 1, old), at(4, 2, ok)}},
	{name: "fall, then nonce 1", kinds: wires, restarts: 1, steps: []step{at(500, 9, ok), at(2, 1, old), at(1, 2, newborn)}},
	{name: "fall after a panic", kinds: wires, restarts: 1,
		steps: []step{at(vlp.Terminal, 9, ok), at(wrapSpan+1, 10, old), at(wrapSpan+2, 11, newborn)}},
	{name: "one old copy for ever", kinds: wires, steps: []step{at(500, 9, ok), at(499, 8, old), at(499, 8, old), late(499, 8, old)}},
	{name: "old copies in falling order", kinds: wires, steps: []step{at(500, 9, ok), at(499, 8, old), at(498, 7, old), at(497, 6, old)}},
	{name: "echo, one frame late", kinds: wires,
		steps: []step{at(99, 8, ok), at(100, 9, ok), at(99, 8, old), at(101, 10, ok), at(100, 9, old), at(102, 11, ok), at(101, 10, old)}},
	{name: "echo, at once", kinds: wires, steps: []step{at(99, 8, ok), at(99, 8, dup), at(100, 9, ok), at(100, 9, dup)}},
	{name: "two old frames in order", kinds: wires, restarts: 1, gaps: 1,
		steps: []step{at(100, 9, ok), at(98, 7, old), at(99, 8, newborn), at(101, 10, ok)}},
}

var (
	all       = []SourceKind{Local, Wire, Net}
	ordered   = []SourceKind{Local, Wire}
	datagrams = []SourceKind{Net}
	wires     = []SourceKind{Wire}
	elsewhere = []SourceKind{Local, Net}
)

func TestNonces(t *testing.T) {
	for _, h := range histories {
		for _, kind := range h.kinds {
			t.Run(fmt.Sprintf("%s/%d", h.name, kind), func(t *testing.T) {
				table := New(Config{Capacity: 1, Thresholds: []int64{10 * second}, Kinds: []SourceKind{kind}})
				play(t, table, h.steps)
				gaps := h.gaps
				if kind != Wire {
					gaps = 0
				}
				a, _ := table.Find(0, 42)
				if table.NonceGaps(0) != gaps {
					t.Errorf("gaps %d; want %d", table.NonceGaps(0), gaps)
				}
				if c := table.Counts(); c.NonceWraps != h.wraps || c.Restarts != h.restarts || uint64(a.Restarts()) != h.restarts {
					t.Errorf("%+v, restarts of the agent %d; want %d wraps, %d restarts", c, a.Restarts(), h.wraps, h.restarts)
				}
			})
		}
	}
}

// play feeds steps and compares what is said, and that only an accepted frame
// leaves a trace.
func play(t *testing.T, table *Table, steps []step) {
	t.Helper()
	now, beats := int64(0), uint64(0)
	for i, s := range steps {
		now += s.afterNS
		if s.mark && !table.NewSession(0, 42) {
			t.Fatalf("step %d: agent unknown", i)
		}
		var before Agent
		if a, ok := table.Find(0, 42); ok {
			before = *a
		}
		records, v := table.Observe(now, 0, &s.frame, nil)
		if got := said(records, v); got != s.want {
			t.Fatalf("step %d, nonce %d: %s; want %s", i, s.frame.Nonce, got, s.want)
		}
		a, _ := table.Find(0, 42)
		if v == Accepted {
			beats++
			before = Agent{nonce: s.frame.Nonce, rawNS: now}
		}
		if a.Nonce() != before.nonce || a.LastNS() != before.rawNS || a.Beats() != beats {
			t.Fatalf("step %d: nonce %d at %d, %d beats; want %d at %d, %d",
				i, a.Nonce(), a.LastNS(), a.Beats(), before.nonce, before.rawNS, beats)
		}
	}
}

func said(records []event.Record, v Verdict) string {
	if v != Accepted {
		return [...]string{OutOfOrder: old, Duplicate: dup, Full: "(full)"}[v] + strings.Repeat(" and records", len(records))
	}
	var words []string
	for _, r := range records {
		words = append(words, r.Kind.String())
	}
	return strings.Join(words, " ")
}
