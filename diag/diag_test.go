package diag

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

type capture struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	gate chan struct{} // nil: never blocks
	in   chan struct{} // told when a write has begun, if not nil
}

func (c *capture) write(p []byte) (int, error) {
	if c.in != nil {
		c.in <- struct{}{}
	}
	if c.gate != nil {
		<-c.gate
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.buf.Write(p)
}

func wall() time.Time { return time.Unix(12, 34) }

func TestLines(t *testing.T) {
	table := []struct {
		json bool
		say  func(*Log)
		want string
	}{
		{false, func(l *Log) { l.Say(Info, "ready") }, "vlpd: ready\n"},
		{false, func(l *Log) { l.SayError(Error, "open", errors.New("a\nb\x1b[1m")) }, "vlpd: error: open: a\\x0ab\\x1b[1m\n"},
		{true, func(l *Log) { l.Say(Warn, `a "b" \ `+"\t\x01é") },
			`{"ts_ns":12000000034,"session_id":"00ff","level":"warn","msg":"a \"b\" \\ \t\u0001é"}` + "\n"},
		{true, func(l *Log) { l.SayRecovery(Info, []byte("x"), 7, 8, "") },
			`{"ts_ns":12000000034,"session_id":"00ff","level":"info","msg":"x","pid":7,"child_pid":8}` + "\n"},
		{true, func(l *Log) { l.SayRecovery(Error, []byte("x"), 7, 0, "y") },
			`{"ts_ns":12000000034,"session_id":"00ff","level":"error","msg":"x: y","pid":7,"error":"y"}` + "\n"},
		{true, func(l *Log) { l.SayError(Error, "x", errors.New("y")) },
			`{"ts_ns":12000000034,"session_id":"00ff","level":"error","msg":"x: y","error":"y"}` + "\n"},
	}
	for _, c := range table {
		var out capture
		l := New(Options{JSON: c.json, Name: "vlpd", Session: "00ff", Write: out.write, Wall: wall})
		c.say(l)
		l.Close(time.Minute)
		if got := out.buf.String(); got != c.want {
			t.Errorf("got  %q\nwant %q", got, c.want)
		}
		if c.json && !json.Valid(out.buf.Bytes()) {
			t.Errorf("not JSON: %s", out.buf.String())
		}
	}
}

// A line longer than the buffer is written whole: nothing is ever cut short.
func TestLongLine(t *testing.T) {
	var out capture
	l := New(Options{Name: "vlpd", Write: out.write, Wall: wall})
	long := strings.Repeat("x", 3*bufferBytes)
	l.Say(Info, long)
	l.Close(time.Minute)
	if got := out.buf.String(); got != "vlpd: "+long+"\n" {
		t.Errorf("%d bytes came out", len(got))
	}
}

// Lines that a slow reader has no room for are dropped, whole ones only, and
// how many is told once: in front of the next line, or by itself if none comes.
func TestSlowReader(t *testing.T) {
	for _, later := range [][]string{nil, {"last"}, {"last but one", "last"}} {
		out := capture{gate: make(chan struct{}), in: make(chan struct{}, 100)}
		l := New(Options{Name: "vlpd", Write: out.write, Wall: wall})
		l.Say(Info, "first")
		<-out.in // the writer is stuck with it now
		line := strings.Repeat("y", 100)
		const n = 2 * bufferBytes / 100
		for range n {
			l.Say(Info, line) // returns, whatever the reader does
		}
		out.gate <- struct{}{}
		<-out.in // and now with the lines that fitted
		want := map[string]bool{"vlpd: first": true, "vlpd: " + line: true}
		for _, text := range later {
			l.Say(Info, text)
			want["vlpd: "+text] = true
		}
		close(out.gate)
		l.Close(time.Minute)
		got := strings.TrimSuffix(out.buf.String(), "\n")
		whole, lost := strings.Count(got, line), 0
		for _, row := range strings.Split(got, "\n") {
			number, isLoss := strings.CutSuffix(row, " lines lost: stderr was not read")
			if !isLoss && !want[row] {
				t.Errorf("torn line %q", row)
			}
			if isLoss {
				some, _ := strconv.Atoi(strings.TrimPrefix(number, "vlpd: warn: "))
				lost += some
			}
		}
		if whole < 50 || lost == 0 || whole+lost != n {
			t.Errorf("%q: %d of %d lines came out, %d are said to be lost", later, whole, n, lost)
		}
		if !strings.HasPrefix(got, "vlpd: first\n") || len(later) > 0 && !strings.HasSuffix(got, "\nvlpd: last") {
			t.Errorf("%q: begins %q, ends %q", later, got[:20], got[len(got)-20:])
		}
	}
}

func TestSayDoesNotAllocate(t *testing.T) {
	l := New(Options{JSON: true, Name: "vlpd", Session: "00", Write: func(p []byte) (int, error) { return len(p), nil }, Wall: wall})
	defer l.Close(time.Minute)
	steady := []byte("steady")
	if n := testing.AllocsPerRun(1000, func() { l.SayRecovery(Info, steady, 12, 0, "") }); n != 0 {
		t.Errorf("%v allocations a line", n)
	}
}
