package children

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience ends a test that waits for something that does not come.
const patience = 20 * time.Second

// rig is a loop around a Runner, as small as one can be. Its clock can be
// moved on, so that no test waits for a time limit.
type rig struct {
	t       testing.TB
	r       *Runner
	dir     string
	env     []string
	notify  chan struct{}
	ahead   atomic.Int64
	results []Result
	runs    uint64   // token of the last run
	news    *os.File // a FIFO: what scripts say while they run
}

var start = time.Now()

// newRig reaps and counts at the end of the test: nothing may be left of it.
func newRig(t testing.TB, o Options, pidfds bool) *rig {
	t.Helper()
	g := &rig{t: t, runs: 1 << 40, dir: t.TempDir(), notify: make(chan struct{}, 1)}
	g.env = Environ(false, []string{"DIR=" + g.dir})
	if err := unix.Mkfifo(filepath.Join(g.dir, "news"), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if g.news, err = os.OpenFile(filepath.Join(g.dir, "news"), os.O_RDWR, 0); err != nil {
		t.Fatal(err)
	}
	before := openFDs(t)
	o.Clock = func() int64 { return int64(time.Since(start)) + g.ahead.Load() }
	o.Notify = func() {
		select {
		case g.notify <- struct{}{}:
		default:
		}
	}
	if o.Max == 0 {
		o.Max = 8
	}
	if g.r, err = newRunner(o, pidfds); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if left := g.r.Close(patience); left != 0 {
			t.Errorf("Close: %d children left", left)
		}
		if pid, err := unix.Wait4(-1, nil, unix.WNOHANG|unix.WALL, nil); err != unix.ECHILD {
			t.Errorf("wait4: %d, %v; want ECHILD, nobody left", pid, err)
		}
		if now := openFDs(t); now != before {
			t.Errorf("%d descriptors open, %d before", now, before)
		}
		g.news.Close()
	})
	return g
}

func openFDs(t testing.TB) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// command makes one of a command line, or of a script if words holds one word.
func (g *rig) command(words ...string) *Command {
	g.t.Helper()
	if len(words) == 1 {
		words = []string{"sh", "-c", words[0]}
	}
	c, err := NewCommand(words, g.env)
	if err != nil {
		g.t.Fatal(err)
	}
	return c
}

func (g *rig) start(token uint64, c *Command) {
	g.t.Helper()
	if !g.r.Start(Request{Token: token, Command: c, Argv: c.Fill(&Values{})}) {
		g.t.Fatalf("Start of %d refused, %d running", token, g.r.Running())
	}
}

// await takes results until there is one of that token and kind.
func (g *rig) await(token uint64, what Kind) Result {
	g.t.Helper()
	return g.until(token, what, what)
}

// last takes results until there is the last of that token.
func (g *rig) last(token uint64) Result {
	g.t.Helper()
	return g.until(token, SpawnFailed, Ended)
}

func (g *rig) until(token uint64, what, or Kind) Result {
	g.t.Helper()
	deadline := time.After(patience)
	for seen := 0; ; {
		for r, ok := g.r.Result(); ok; r, ok = g.r.Result() {
			g.results = append(g.results, r)
		}
		for ; seen < len(g.results); seen++ {
			if r := g.results[seen]; r.Token == token && (r.What == what || r.What == or) {
				return r
			}
		}
		select {
		case <-g.notify:
		case <-deadline:
			g.t.Fatalf("no result %d of token %d among %d, the last %+v", what, token, len(g.results), g.results[max(0, len(g.results)-4):])
		}
	}
}

// run runs one command to its end.
func (g *rig) run(words ...string) Result {
	g.t.Helper()
	g.runs++
	g.start(g.runs, g.command(words...))
	return g.await(g.runs, Ended)
}

// pass lets d pass on the runner's clock.
func (g *rig) pass(d time.Duration) {
	g.ahead.Add(int64(d))
	g.r.bell.Ring()
}

// hear returns the next words that scripts wrote to $DIR/news, one a line.
func (g *rig) hear(n int) (words []string) {
	g.t.Helper()
	buf := make([]byte, 1)
	g.news.SetReadDeadline(time.Now().Add(patience))
	for word := ""; len(words) < n; {
		if _, err := g.news.Read(buf); err != nil {
			g.t.Fatalf("heard %q: %v", words, err)
		}
		if buf[0] == '\n' {
			words, word = append(words, word), ""
		} else {
			word += string(buf)
		}
	}
	return words
}

// gate is where scripts that read $DIR/gate wait until it is closed.
func (g *rig) gate() *os.File {
	g.t.Helper()
	path := filepath.Join(g.dir, "gate")
	if err := unix.Mkfifo(path, 0o600); err != nil {
		g.t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		g.t.Fatal(err)
	}
	return f
}

// dies waits for the end of a process that need not be ours.
func dies(t testing.TB, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); alive(n); unix.Poll(nil, 1) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still alive", n)
		}
	}
}

func alive(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, state, _ := strings.Cut(string(stat), ") ")
	return err == nil && state[0] != 'Z' && state[0] != 'X'
}

// both runs a test with pidfds and without.
func both(t *testing.T, f func(t *testing.T, pidfds bool)) {
	t.Run("pidfd", func(t *testing.T) { f(t, true) })
	t.Run("no pidfd", func(t *testing.T) { f(t, false) })
}
