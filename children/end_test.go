package children

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestEnds(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, Options{}, pidfds)
		for script, want := range map[string]Result{
			"exit 0":                   {},
			"exit 3":                   {ExitCode: 3},
			"exit 255":                 {ExitCode: 255},
			"kill -9 $$":               {ExitCode: -1, Signal: 9},
			"kill -TERM $$":            {ExitCode: -1, Signal: 15},
			"kill -PIPE $$; exit 0":    {ExitCode: -1, Signal: 13}, // not ignored although Go does
			"exec nothing 2>/dev/null": {ExitCode: 127},
		} {
			g.start(77, g.command(script))
			pid := g.await(77, Spawned).PID
			got := g.await(77, Ended)
			if got.PID != pid || got.DurationNS <= 0 || got.DurationNS > int64(patience) {
				t.Errorf("%s: %+v, spawned as %d", script, got, pid)
			}
			want.Token, want.What, want.PID, want.DurationNS = 77, Ended, pid, got.DurationNS
			if got.Tail != nil || got.ExitCode != want.ExitCode || got.Signal != want.Signal || got.TimedOut || got.Err() != nil || got.Call != "" {
				t.Errorf("%s: got %+v, want %+v", script, got, want)
			}
			if len(g.results) != 2 || g.r.Running() != 0 {
				t.Errorf("%s: %d results, %d running", script, len(g.results), g.r.Running())
			}
			g.results = nil
		}
	})
}

// Somebody else took the child: that is said, and nobody is signalled.
func TestReapedByAnother(t *testing.T) {
	g := newRig(t, Options{Timeout: hour}, false) // it is asked after now and then only
	g.start(1, g.command("exit 3"))
	pid := int(g.await(1, Spawned).PID)
	if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
		t.Skipf("the runner was quicker: %v", err)
	}
	g.pass(hour)
	if r := g.await(1, Ended); r.Call != "wait4" || r.Errno != unix.ECHILD || r.ExitCode != -1 || r.TimedOut || r.Err() != nil {
		t.Errorf("%+v, want wait4: ECHILD", r)
	}
}

// The duration is the child's, not that of whoever looks.
func TestDuration(t *testing.T) {
	g := newRig(t, Options{}, true)
	before := time.Now()
	g.start(1, g.command("sleep 0.2"))
	got := g.await(1, Ended).DurationNS
	if took := time.Since(before); got < 200e6 || got > int64(took) {
		t.Errorf("%d ns for 200 ms, %v all in all", got, took)
	}
}

func TestSpawnFailures(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, Options{CaptureSet: true, Capture: 100}, pidfds)
		for name, mode := range map[string]os.FileMode{"plain": 0o644, "noise": 0o755, "lost": 0o755} {
			text := "neither a script nor ELF\n"
			if name == "lost" {
				text = "#!/no/such/interpreter\n"
			}
			if err := os.WriteFile(filepath.Join(g.dir, name), []byte(text), mode); err != nil {
				t.Fatal(err)
			}
		}
		g.env = Environ(false, []string{"PATH=/nowhere:" + g.dir})
		for program, want := range map[string]unix.Errno{
			"/no/such": unix.ENOENT, "none": unix.ENOENT, "plain": unix.EACCES, "noise": unix.ENOEXEC, "lost": unix.ENOENT,
			g.dir + "/plain/x": unix.ENOTDIR, g.dir: unix.EACCES,
			strings.Repeat("x", 5000): unix.ENAMETOOLONG,
		} {
			g.start(1, g.command(program, "arg"))
			got := g.await(1, SpawnFailed)
			if got.Call != "execve" || got.Errno != want || got.TimedOut || got.PID == 0 || len(g.results) != 1 {
				t.Errorf("%.40s: %+v of %d results, want execve: %v", program, got, len(g.results), want)
			}
			if err := got.Err(); err == nil || err.Error() != "execve: "+want.Error() {
				t.Errorf("%.40s: says %v", program, err)
			}
			g.results = nil
		}
	})
}

func TestSpawnFailsWithoutAFork(t *testing.T) {
	g := newRig(t, Options{CaptureSet: true}, true)
	c := g.command("true")
	for token, argv := range [][]string{nil, {"x", "a\x00b"}} {
		g.r.Start(Request{Token: uint64(token), Command: c, Argv: argv})
		if got := g.await(uint64(token), SpawnFailed); got.Call != "execve" || got.Errno != unix.EINVAL || got.PID != 0 {
			t.Errorf("argv %q: %+v, want execve: EINVAL", argv, got)
		}
	}
	// No descriptors: not for the report, not for stderr, not for the pidfd. A
	// kernel that makes no pidfd in the fork does without.
	for room, want := range map[int]string{0: "pipe2", 5: "pipe2", 6: "clone"} {
		g.results = nil
		again := withFiles(t, room)
		g.start(9, c)
		got := g.last(9)
		again()
		if lacks := want == "clone" && got.What == Ended; !lacks && (got.What != SpawnFailed || got.Call != want || got.Errno != unix.EMFILE) {
			t.Errorf("room for %d descriptors: %+v, want %s: EMFILE", room, got, want)
		}
	}
	if r := g.run("exit 4"); r.ExitCode != 4 {
		t.Errorf("afterwards: %+v", r)
	}
}

// withFiles leaves room for n more descriptors, and returns what undoes that.
func withFiles(t *testing.T, n int) func() {
	t.Helper()
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &was); err != nil {
		t.Fatal(err)
	}
	limit := func(l unix.Rlimit) {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
			t.Fatal(err)
		}
	}
	limit(unix.Rlimit{Cur: 200, Max: was.Max})
	var fill []int
	for {
		fd, err := unix.FcntlInt(0, unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			break
		}
		fill = append(fill, fd)
	}
	for range n {
		unix.Close(fill[len(fill)-1])
		fill = fill[:len(fill)-1]
	}
	return func() {
		limit(was)
		for _, fd := range fill {
			unix.Close(fd)
		}
	}
}
