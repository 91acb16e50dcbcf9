package children

import (
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/ring"
)

func TestCloseEndsAll(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, Options{CaptureSet: true, Capture: 100}, pidfds) // no time limit
		g.start(1, g.command(`trap "exit 8" TERM; echo $$ >$DIR/news; while :; do sleep 0.05; done`))
		g.start(2, g.command(stubborn))
		g.start(3, g.command(`sh -c '`+stubborn+`' & echo $$ >$DIR/news; wait`))
		pids := g.hear(4)
		left := make(chan int, 1)
		go func() { left <- g.r.Close(2 * hour) }()
		if r := g.await(1, Ended); r.ExitCode != 8 || r.TimedOut {
			t.Errorf("%+v, want exit 8", r)
		}
		dies(t, strconv.Itoa(int(g.await(3, Spawned).PID)))
		survivors := 0
		for _, pid := range pids {
			if alive(atoi(t, pid)) {
				survivors++
			}
		}
		if survivors != 2 || len(left) != 0 || len(g.results) != 4 {
			t.Errorf("%d survive SIGTERM, Close has returned: %t, results %+v", survivors, len(left) != 0, g.results)
		}
		g.pass(hour)
		for _, pid := range pids {
			dies(t, pid)
		}
		for token, want := range map[uint64]int{2: 9, 3: 15} {
			if r := g.await(token, Ended); r.Signal != want || r.TimedOut {
				t.Errorf("%+v, want signal %d", r, want)
			}
			g.once(token)
		}
		if n := <-left; n != 0 || g.r.Running() != 0 {
			t.Errorf("%d left, %d running", n, g.r.Running())
		}
		if g.r.Start(Request{Command: g.command("exit 0"), Argv: []string{"x"}}) {
			t.Error("started after Close")
		}
	})
}

// Whoever obeys is not waited for.
func TestCloseIsQuick(t *testing.T) {
	g := newRig(t, Options{}, true)
	g.start(1, g.command(`sh -c 'echo $$ >$DIR/news; exec sleep 1000' & echo $$ >$DIR/news; wait`))
	g.hear(2)
	began := time.Now()
	if left := g.r.Close(hour); left != 0 || time.Since(began) > patience {
		t.Errorf("%d left after %v", left, time.Since(began))
	}
	if r := g.await(1, Ended); r.Signal != 15 {
		t.Errorf("%+v", r)
	}
}

// What cannot be reaped in time is given up, and has no result. Time flies
// here: a tenth of a second from one turn to the next.
func TestCloseGivesUp(t *testing.T) {
	g := newRig(t, Options{}, true) // for its FIFO
	c := g.command(stubborn)
	now := int64(1)
	r := &Runner{requests: ring.New[*Request](1), results: ring.New[*Result](2)}
	w, err := newWorker(r, Options{Clock: func() int64 { return now }}, true) // driven by hand
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	defer w.abandon()
	q := &Request{Command: c, Argv: c.Fill(&Values{})}
	r.requests.Put(&q)
	r.requests.Publish()
	w.turn()
	g.hear(1)
	pid := int(w.slots[0].pid)
	r.closing.Store(true) // with no grace: SIGTERM and SIGKILL at once
	var signals []stage
	for done := false; !done && len(signals) < 10; now += reapNS {
		_, done = w.turn()
		if w.live > 0 {
			signals = append(signals, w.slots[0].stage)
		}
	}
	if len(signals) == 10 || signals[0] != stageKill {
		t.Errorf("signals sent: %v", signals)
	}
	if w.live == 0 {
		t.Skip("it was quicker")
	}
	if _, err := unix.Wait4(pid, nil, 0, nil); err != nil {
		t.Error(err)
	}
	for res, ok := r.Result(); ok; res, ok = r.Result() {
		if res.What != Spawned {
			t.Errorf("a result of a child that was given up: %+v", res)
		}
	}
}

// Nothing runs, so Close need not wait, but three requests want an answer.
func TestCloseAnswersRequests(t *testing.T) {
	r := &Runner{requests: ring.New[*Request](4), results: ring.New[*Result](8)}
	w, err := newWorker(r, Options{Clock: func() int64 { return 1 }}, true) // driven by hand
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	for token := range uint64(3) {
		q := &Request{Token: token}
		r.requests.Put(&q)
	}
	r.requests.Publish()
	r.closing.Store(true)
	if _, done := w.turn(); !done {
		t.Error("not done")
	}
	for token := range uint64(3) {
		if res, ok := r.Result(); !ok || res.Token != token || res.What != SpawnFailed || res.Errno != unix.ECANCELED || res.PID != 0 {
			t.Errorf("request %d: %+v, %t", token, res, ok)
		}
	}
}

// What was not started before Close has a result as well.
func TestCloseRefusesWhatWaits(t *testing.T) {
	g := newRig(t, Options{Max: 300}, true)
	c := g.command("exec sleep 1000")
	for token := range uint64(300) {
		g.start(token, c)
	}
	if left := g.r.Close(patience); left != 0 {
		t.Errorf("%d left", left)
	}
	last, refused := map[uint64]int{}, 0
	for r, ok := g.r.Result(); ok; r, ok = g.r.Result() {
		if r.What != Spawned {
			last[r.Token]++
		}
		if r.What == SpawnFailed && r.Errno == unix.ECANCELED {
			refused++
		}
	}
	if len(last) != 300 || refused == 0 || g.r.Running() != 0 {
		t.Errorf("%d tokens have ended, %d refused, %d running", len(last), refused, g.r.Running())
	}
}
