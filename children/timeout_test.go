package children

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// hour is a time limit that no test reaches but by rig.pass.
const hour = time.Hour

func limits() Options {
	return Options{Timeout: hour, KillAfter: hour, CaptureSet: true, Capture: 1000}
}

// stubborn ignores SIGTERM and prints who it is, also through the FIFO.
const stubborn = `trap "" TERM; echo $$ >$DIR/news; while :; do sleep 0.05; done`

func TestTimeoutIsPolite(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, limits(), pidfds)
		g.start(1, g.command(`trap "echo bye; exit 9" TERM; echo up >$DIR/news; while :; do sleep 0.05; done`))
		g.start(2, g.command(`echo up >$DIR/news; kill -STOP $$; exec sleep 1000`))
		g.hear(2)
		g.pass(hour)
		r := g.await(1, Ended)
		if r.ExitCode != 9 || r.Signal != 0 || !r.TimedOut || !strings.Contains(string(r.Tail), "bye\n") || r.DurationNS < int64(hour) || r.DurationNS > int64(hour+patience) {
			t.Errorf("%+v, tail %q; want exit 9, timed out", r, r.Tail)
		}
		if r := g.await(2, Ended); r.Signal != 15 || !r.TimedOut {
			t.Errorf("a stopped one: %+v; want it to hear SIGTERM", r)
		}
	})
}

func TestTimeoutKillsAll(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, limits(), pidfds)
		g.start(1, g.command(`sh -c '`+stubborn+`' & sh -c '`+stubborn+`' & `+stubborn))
		pids := g.hear(3)
		g.pass(hour)
		if r := g.run("exit 0"); r.ExitCode != 0 || r.TimedOut {
			t.Errorf("somebody else: %+v", r)
		}
		for _, pid := range pids {
			if !alive(atoi(t, pid)) {
				t.Errorf("%s did not survive SIGTERM", pid)
			}
		}
		g.pass(hour)
		if r := g.await(1, Ended); r.Signal != 9 || r.ExitCode != -1 || !r.TimedOut {
			t.Errorf("%+v, want signal 9, timed out", r)
		}
		for _, pid := range pids {
			dies(t, pid)
		}
		g.once(1)
	})
}

// once checks that a token had one Spawned and one last result.
func (g *rig) once(token uint64) {
	g.t.Helper()
	n := map[Kind]int{}
	for _, r := range g.results {
		if r.Token == token {
			n[r.What]++
		}
	}
	if n[Spawned] != 1 || n[SpawnFailed]+n[Ended] != 1 {
		g.t.Errorf("token %d: %d spawned, %d failed, %d ended", token, n[Spawned], n[SpawnFailed], n[Ended])
	}
}

// The leader obeys, its child does not: the group is still ours to kill, and
// the duration is the leader's.
func TestTimeoutKillsWhoOutlivesTheLeader(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, limits(), pidfds)
		g.start(1, g.command(`sh -c '`+stubborn+`' & echo $$ >$DIR/news; wait`))
		pids := g.hear(2)
		g.pass(hour)
		for _, pid := range pids {
			if pid == strconv.Itoa(int(g.await(1, Spawned).PID)) {
				dies(t, pid)
			}
		}
		g.run("exit 0") // it was seen to end before this one
		g.pass(hour)
		r := g.await(1, Ended)
		if r.Signal != 15 || !r.TimedOut || r.DurationNS > int64(hour+patience) {
			t.Errorf("%+v, want signal 15 after one hour", r)
		}
		dies(t, pids[0])
		dies(t, pids[1])
		g.once(1)
	})
}

// A group that is empty after SIGTERM is not waited for.
func TestTimeoutOfAnObedientGroup(t *testing.T) {
	g := newRig(t, limits(), true)
	g.start(1, g.command(`sh -c 'echo $$ >$DIR/news; exec sleep 1000' & echo $$ >$DIR/news; wait`))
	pids := g.hear(2)
	g.pass(hour)
	if r := g.await(1, Ended); r.Signal != 15 || !r.TimedOut {
		t.Errorf("%+v, want signal 15, timed out", r)
	}
	dies(t, pids[0])
	dies(t, pids[1])
}

// A child that ends by itself leaves its group alone, and whoever sits on its
// pipes does not keep it.
func TestDaemonsLiveOn(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, limits(), pidfds)
		g.start(1, g.command(`sh -c 'echo $$ >$DIR/news; exec sleep 1000' & printf last; printf err >&2; exit 2`))
		daemon := atoi(t, g.hear(1)[0])
		defer unix.Kill(daemon, unix.SIGKILL)
		r := g.await(1, Ended)
		if r.ExitCode != 2 || r.Stdout != 4 || r.Stderr != 3 || r.TimedOut || !alive(daemon) {
			t.Errorf("%+v; daemon alive: %t", r, alive(daemon))
		}
		g.pass(hour)
		g.run("exit 0") // the runner has seen the time
		g.pass(hour)
		g.run("exit 0")
		if !alive(daemon) {
			t.Error("the daemon was killed by its parent's time limit")
		}
	})
}

// Nobody has noticed yet that the child ended in time: it did.
func TestTimeoutComesTooLate(t *testing.T) {
	g := newRig(t, limits(), false)
	g.start(1, g.command(`sh -c 'echo $$ >$DIR/news; exec sleep 1000' & echo up >$DIR/news`))
	daemon := g.hear(2)
	if daemon[0] == "up" {
		daemon = daemon[1:]
	}
	defer unix.Kill(atoi(t, daemon[0]), unix.SIGKILL)
	dies(t, strconv.Itoa(int(g.await(1, Spawned).PID)))
	g.pass(hour)
	if r := g.await(1, Ended); r.ExitCode != 0 || r.TimedOut || !alive(atoi(t, daemon[0])) {
		t.Errorf("%+v; daemon alive: %t", r, alive(atoi(t, daemon[0])))
	}
}

func TestZombie(t *testing.T) {
	path := filepath.Join(t.TempDir(), ") R (x) Z")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nread x\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path)
	in, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(cmd.Process.Pid)
	if zombie(pid) || zombie("none") {
		t.Error("alive, or not there, and a zombie")
	}
	in.Close()
	if err := unix.Waitid(unix.P_PID, cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil); err != nil {
		t.Fatal(err)
	}
	if !zombie(pid) {
		t.Error("ended, not reaped, and no zombie")
	}
	cmd.Wait()
}

// Who is in no group of that number is signalled alone.
func TestSignalOfADeserter(t *testing.T) {
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sendGroup(int32(cmd.Process.Pid), unix.SIGTERM)
	if err := cmd.Wait(); err == nil || err.Error() != "signal: terminated" {
		t.Errorf("sleep ended with %v", err)
	}
}

func atoi(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
