package children

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// The original stopped reading at its cap and hung the child for good.
func TestOutputBeyondCapture(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, Options{CaptureSet: true, Capture: 1000}, pidfds)
		r := g.run("head -c 10000000 /dev/zero | tr '\\0' x; printf end; head -c 300000 /dev/zero >&2; printf END >&2")
		if r.ExitCode != 0 || r.Stdout != 10_000_003 || r.Stderr != 300_003 {
			t.Errorf("exit %d, %d and %d bytes, want 10000003 and 300003", r.ExitCode, r.Stdout, r.Stderr)
		}
		if want := strings.Repeat("\x00", 997) + "END"; string(r.Tail) != want {
			t.Errorf("tail of %d bytes: %q", len(r.Tail), r.Tail)
		}
	})
}

func TestOutputIsWhatWasPrinted(t *testing.T) {
	for _, c := range []struct {
		script  string
		capture int
		out     uint64
		err     uint64
		tail    string
	}{
		{"echo hello; echo er >&2", 1000, 6, 3, "hello\ner\n"},
		{"printf abcdef", 6, 6, 0, "abcdef"}, // the cap exactly
		{"printf abcdef", 5, 6, 0, "bcdef"},
		{"printf abcdef", 0, 6, 0, ""},                                                  // counted only
		{"printf a; sleep 0.05; head -c 200000 /dev/zero; printf b", 1, 200002, 0, "b"}, // after a rest
		{"exec >&- 2>&-; sleep 0.05", 10, 0, 0, ""},
		{"printf a; exec >&-; printf b >&2", 10, 1, 1, "ab"},
		{"i=0; while [ $i -lt 300 ]; do i=$((i+1)); echo $i; done", 12, 1092, 0, "298\n299\n300\n"},
	} {
		g := newRig(t, Options{CaptureSet: true, Capture: c.capture}, true)
		// Both pipes are read at once where the order is not the script's.
		r := g.run(c.script)
		tail := string(r.Tail)
		if c.out*c.err != 0 && len(tail) == len(c.tail) {
			tail = c.tail
		}
		if r.Stdout != c.out || r.Stderr != c.err || tail != c.tail {
			t.Errorf("%s: %d and %d bytes, tail %q; want %d, %d, %q", c.script, r.Stdout, r.Stderr, r.Tail, c.out, c.err, c.tail)
		}
	}
}

// One that never stops printing does not hold up the others, and is ended by
// its time limit like any other.
func TestChattyChild(t *testing.T) {
	g := newRig(t, limits(), true)
	g.start(1, g.command(`echo up >$DIR/news; exec yes`))
	g.start(2, g.command(`echo up >$DIR/news; exec yes >&2`))
	g.hear(2)
	for range 5 {
		g.start(3, g.command("head -c 200000 /dev/zero; exit 3"))
		if r := g.await(3, Ended); r.ExitCode != 3 || r.Stdout != 200_000 {
			t.Errorf("beside yes: %+v", r)
		}
		g.results = g.results[:0]
	}
	g.pass(hour)
	for token := range uint64(2) {
		if r := g.await(token+1, Ended); r.Signal != 15 || r.Stdout+r.Stderr == 0 || len(r.Tail) != 1000 {
			t.Errorf("yes: %+v", r)
		}
	}
}

// pipes are children without processes, for a worker that is driven by hand.
type pipes struct {
	t    *testing.T
	w    *worker
	cs   []*child
	ends []int // to write to
}

func newPipes(t *testing.T, many int) *pipes {
	t.Helper()
	w, err := newWorker(&Runner{}, Options{CaptureSet: true}, true)
	if err != nil {
		t.Fatal(err)
	}
	g := &pipes{t: t, w: w}
	w.now = 1
	for i := range many {
		var p [2]int
		if err := unix.Pipe2(p[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
			t.Fatal(err)
		}
		c := w.newChild(uint64(i))
		c.pipes[0].fd = p[0]
		g.cs, g.ends = append(g.cs, c), append(g.ends, p[1])
		if err := w.poller.Add(p[0], outputEvents, 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		w.abandon()
		w.close()
		for _, fd := range g.ends {
			unix.Close(fd)
		}
	})
	return g
}

// fill writes n bytes, or what there is room for, to each pipe.
func (g *pipes) fill(n int) {
	b := make([]byte, n)
	for _, fd := range g.ends {
		unix.Write(fd, b)
	}
}

func (g *pipes) total() (n, least, most uint64) {
	least = 1 << 60
	for _, c := range g.cs {
		b := c.pipes[0].bytes
		n, least, most = n+b, min(least, b), max(most, b)
	}
	return n, least, most
}

// The work of a turn is bounded: a tick reads no more than its budget, and
// whoever was left out is first at the next.
func TestTickIsFair(t *testing.T) {
	const many = 10
	g := newPipes(t, many)
	g.fill(1)
	if n, _ := g.w.poller.Poll(); n != many {
		t.Fatalf("%d pipes ready, want %d", n, many)
	}
	g.fill(1 << 20)
	for _, c := range g.cs {
		g.w.outputReady(c)
	}
	const bound = tickBytes + pipeBytes
	before, _, _ := g.total()
	if before > bound {
		t.Errorf("%d bytes at once", before)
	}
	for tick := range 50 {
		g.fill(1 << 20)
		g.w.tick()
		now, _, _ := g.total()
		if n := now - before; n < tickBytes || n > bound {
			t.Fatalf("tick %d read %d bytes, want %d", tick, n, tickBytes)
		}
		before = now
	}
	if _, least, most := g.total(); most-least > 2*pipeBytes {
		t.Errorf("from %d to %d bytes of each", least, most)
	}
}

// Whoever prints nothing more is watched again.
func TestTickEnds(t *testing.T) {
	g := newPipes(t, 10)
	g.fill(1)
	g.w.poller.Poll()
	for _, c := range g.cs {
		g.w.outputReady(c)
	}
	if g.w.out.tickAt == 0 || !g.w.tick() {
		t.Error("no tick, or nothing to poll for after it")
	}
	if len(g.w.out.queue) != 0 || g.w.out.tickAt != 0 {
		t.Errorf("%d rest, tick at %d", len(g.w.out.queue), g.w.out.tickAt)
	}
	if n, _, _ := g.total(); n != 10 {
		t.Errorf("%d bytes read, want 10", n)
	}
	unix.Write(g.ends[3], []byte("x"))
	if n, _ := g.w.poller.Poll(); n != 1 {
		t.Errorf("%d pipes ready, want the one", n)
	}
}

func TestTailKeepsTheLast(t *testing.T) {
	for limit := range 9 {
		tl, all := tail{limit: limit}, []byte(nil)
		for i := range 500 {
			p := make([]byte, rand.IntN(2*limit+2))
			for j := range p {
				p[j] = byte(i + j)
			}
			tl.add(p)
			all = append(all, p...)
			want := all[max(0, len(all)-limit):]
			if !bytes.Equal(tl.bytes(), want) {
				t.Fatalf("limit %d: %v, want %v", limit, tl.bytes(), want)
			}
			if cap(tl.buf) > max(limit, 8) {
				t.Fatalf("limit %d: %d bytes set aside", limit, cap(tl.buf))
			}
		}
	}
}
