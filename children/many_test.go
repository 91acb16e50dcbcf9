package children

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func TestManyAtOnce(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		const many = 300
		g := newRig(t, Options{Max: many, CaptureSet: true, Capture: 10}, pidfds)
		gate := g.gate()
		hold := g.command(`exec 3<$DIR/gate; echo up >$DIR/news; read x <&3; echo x; exit 5`)
		for token := range uint64(many) {
			g.start(token, hold)
		}
		if c := g.command("true"); g.r.Start(Request{Command: c, Argv: []string{"true"}}) || g.r.Running() != many {
			t.Errorf("one more than Max was taken, %d running", g.r.Running())
		}
		for token := range uint64(many) {
			g.await(token, Spawned)
		}
		g.hear(many)
		runtime.GC()
		gate.Close()
		for token := range uint64(many) {
			if r := g.await(token, Ended); r.ExitCode != 5 || r.Stdout != 2 || string(r.Tail) != "x\n" {
				t.Fatalf("%+v", r)
			}
			g.once(token)
		}
		if len(g.results) != 2*many || g.r.Running() != 0 {
			t.Errorf("%d results, %d running", len(g.results), g.r.Running())
		}
	})
}

// Everything that can happen, often: the rig counts descriptors and children
// at the end.
func TestNothingLeaks(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, Options{Max: 4, CaptureSet: true, Capture: 10, Timeout: hour}, pidfds)
		kinds := []*Command{
			g.command("echo 1"), g.command("kill -9 $$"), g.command("/none", "x"), g.command("sleep 1000 & exit 1"), g.command("exec sleep 1000"),
		}
		runs := uint64(200)
		if !pidfds {
			runs = 40 // each waits to be asked after
		}
		for i := range runs {
			c := kinds[i%5]
			g.start(i, c)
			switch i % 5 {
			case 2:
				g.await(i, SpawnFailed)
			case 3:
				unix.Kill(-int(g.await(i, Ended).PID), unix.SIGKILL) // its daemon
			case 4:
				g.await(i, Spawned)
				g.pass(hour)
				fallthrough
			default:
				g.await(i, Ended)
			}
		}
	})
}

// Without a process more, the call that failed is named.
func TestForkRefused(t *testing.T) {
	if unix.Geteuid() == 0 {
		t.Skip("root has no limit of processes")
	}
	g := newRig(t, Options{}, true)
	var was unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NPROC, &was); err != nil {
		t.Fatal(err)
	}
	unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: 1, Max: was.Max})
	defer unix.Setrlimit(unix.RLIMIT_NPROC, &was)
	g.start(1, g.command("true", "x"))
	if r := g.await(1, SpawnFailed); r.Call != "clone" || r.Errno != unix.EAGAIN || r.PID != 0 {
		t.Errorf("%+v, want clone: EAGAIN", r)
	}
}
