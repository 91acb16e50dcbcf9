package trust

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The life of one process: first beat, exit, zombie, reaped.
func TestRealExit(t *testing.T) {
	needPidfd(t)
	m := newMachine(t, Config{})
	c := start(t, "read x", nil)
	m.beats(c.pid(), First)
	m.beats(c.pid(), Known)
	m.same(c.pid(), StillRunning)
	if _, standing := m.Same(0, uint32(c.pid())); standing != Attested {
		t.Errorf("standing %d, want Attested; %v", standing, m.News())
	}
	c.Process.Kill()
	if told := m.wait(1); told[c.pid()] != 1 {
		t.Fatalf("told %v", told)
	}
	m.beats(c.pid(), Known) // a zombie has the pid
	m.same(c.pid(), Exited)
	c.Wait()
	m.beats(c.pid(), Known) // nobody has
	m.same(c.pid(), Exited)
	if n := m.counts; n.exits != 1 || n.lastBeats != 2 || n.another != 0 || m.Open() != 0 || m.Blind() != 0 {
		t.Errorf("%+v, %d pidfds", n, m.Open())
	}
}

// How long it takes from the end of a process to the loop's knowing.
func TestRealExitIsSeenAtOnce(t *testing.T) {
	needPidfd(t)
	m := newMachine(t, Config{})
	best := time.Hour
	for range 20 {
		c := start(t, "read x", nil)
		m.beats(c.pid(), First)
		began := time.Now()
		c.Process.Kill()
		m.wait(1)
		best = min(best, time.Since(began))
		c.Wait()
		m.Forget(0, uint32(c.pid()))
	}
	t.Logf("shortest time from kill to Exited: %v", best)
	if best > 5*time.Millisecond {
		t.Errorf("%v from kill to Exited, want a few milliseconds at the most", best)
	}
}

// A process that runs another program is the same process.
func TestRealExecIsNoExit(t *testing.T) {
	needPidfd(t)
	m := newMachine(t, Config{})
	c := start(t, "read x; exec sleep 60", nil)
	m.beats(c.pid(), First)
	if _, err := c.in.Write([]byte("go\n")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "exec", func() bool {
		comm, _ := os.ReadFile("/proc/" + strconv.Itoa(c.pid()) + "/comm")
		return strings.TrimSpace(string(comm)) == "sleep"
	})
	if n, _ := m.poller.Poll(); n != 0 {
		t.Error("the set is ready, though nobody ended")
	}
	m.beats(c.pid(), Known)
	m.same(c.pid(), StillRunning)
	if n := m.counts; n.looks != 1 {
		t.Errorf("%d looks, want one", n.looks)
	}
	c.reap()
	m.wait(1)
}

// Many that live for a moment: each exit is told once, and nothing is left.
func TestRealShortLives(t *testing.T) {
	needPidfd(t)
	m := newMachine(t, Config{})
	before := openFiles(t)
	const lives = 1000
	for done := 0; done < lives; done += 20 {
		var cs []*exec.Cmd
		for range 20 {
			c := exec.Command("/bin/true")
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			cs = append(cs, c)
			m.beats(c.Process.Pid, First)
		}
		told := m.wait(len(cs))
		for _, c := range cs {
			if told[c.Process.Pid] != 1 {
				t.Fatalf("pid %d: told %d times", c.Process.Pid, told[c.Process.Pid])
			}
			c.Wait()
			m.Forget(0, uint32(c.Process.Pid))
		}
	}
	if n := m.counts; n.exits != lives || m.Open() != 0 || m.lists[vacant].n != len(m.procs) {
		t.Errorf("%+v, %d pidfds, %d of %d entries vacant", n, m.Open(), m.lists[vacant].n, len(m.procs))
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

// The beat is read when its sender is gone, as that of a short script may be.
func TestRealLastBeatOfWhoIsGone(t *testing.T) {
	m := newMachine(t, Config{})
	c := start(t, "exit 0", nil)
	c.Wait()
	m.beats(c.pid(), First)
	if !m.Gather() {
		t.Fatal("no exit to tell of")
	}
	m.same(c.pid(), Exited)
	if told := m.wait(1); told[c.pid()] != 1 {
		t.Errorf("told %v", told)
	}
}

// Start times are in the unit and of the clock that we take them for.
func TestRealStartTime(t *testing.T) {
	m := newMachine(t, Config{})
	before := uint64(m.k.bootNS() / tickNS)
	c := start(t, "read x", nil)
	after := uint64(m.k.bootNS() / tickNS)
	if st, ok := m.k.stat(uint32(c.pid())); !ok || st.ended || st.start < before || st.start > after {
		t.Errorf("%+v, %v; want a start from %d to %d", st, ok, before, after)
	}
}

// Without pidfds a real process is told from its successor all the same.
func TestRealBlind(t *testing.T) {
	m := newMachine(t, Config{Descriptors: -1})
	c := start(t, "read x", nil)
	m.beats(c.pid(), First)
	m.beats(c.pid(), Known)
	m.same(c.pid(), StillRunning)
	if m.Blind() != 1 || m.Open() != 0 {
		t.Errorf("%d blind, %d pidfds; want 1, 0", m.Blind(), m.Open())
	}
	c.Process.Kill()
	// A zombie is still there for kill(2), not for us.
	eventually(t, "exit", func() bool { who, _ := m.Same(0, uint32(c.pid())); return who == Exited })
	if told := m.wait(1); told[c.pid()] != 1 {
		t.Errorf("told %v", told)
	}
}

// openFiles counts our descriptors.
func openFiles(t *testing.T) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}

// Steady state and churn allocate nothing.
func TestAllocatesNothing(t *testing.T) {
	m := newMachine(t, Config{})
	pid, now := uint32(os.Getpid()), m.clock()
	m.Judge(now, 1, pid, true)
	gone, out := start(t, "exit 0", nil), make([]Exit, 0, 4)
	gone.Wait()
	for what, f := range map[string]func(){
		"known": func() { m.Judge(now, 1, pid, true) },
		"first": func() { m.Turn(); m.Judge(now, 2, pid, true); m.Forget(2, pid) },
		"claim": func() { m.Judge(now, 3, pid, false); m.Judge(now, 3, pid, false); m.Forget(3, pid) },
		"same":  func() { m.Same(1, pid) },
		"idle":  func() { m.Turn(); m.Gather() },
		"a last": func() {
			m.Judge(now, 4, uint32(gone.pid()), true)
			m.Gather()
			m.Exited(out)
			m.Forget(4, uint32(gone.pid()))
		},
	} {
		if got := testing.AllocsPerRun(200, f); got != 0 {
			t.Errorf("%s: %v allocations a run", what, got)
		}
	}
}
