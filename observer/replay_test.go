package observer

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"vlpd/config"
	"vlpd/intake"
	"vlpd/sink"
	"vlpd/vlp"
)

// stateFolder is one that --state-dir takes.
func stateFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// replayRig is an observer that is turned by hand.
type replayRig struct {
	*rig
	out func([]byte)
}

func newReplayRig(t *testing.T, dir string) *replayRig {
	t.Helper()
	r := newRig(t, sink.OS, "--udp-port", "0", threshold, "60000", "--key-file", keyFile(t, t.TempDir(), "1"), "--state-dir", dir)
	return &replayRig{r, udpTo(t, r.o.loop.udp.udp.Port())}
}

// send has the observer take a frame of agent 7, and returns whether it did.
func (r *replayRig) send(prefix uint64, ctr uint32) bool {
	l := r.o.loop
	before := l.count.dropped(intake.Replayed)
	r.out(seal(r.t.(*testing.T), prefix, ctr, vlp.Append(nil, &vlp.Frame{PID: 7, Nonce: uint64(ctr) + 1})))
	l.udp.pending = true
	l.receiveUDP(1)
	return l.count.dropped(intake.Replayed) == before
}

// settle turns until nothing is being saved.
func (r *replayRig) settle() {
	r.t.Helper()
	l := r.o.loop
	eventually(r.t, "the save to end", func() bool { l.replays(); return l.replay.state == replayIdle })
}

// cut is a power cut, for whoever looks at the folder: nothing more is written.
func (r *replayRig) cut() {
	r.settle()
	r.o.loop.replay = nil
	r.o.close()
}

func TestReplaysAfterAPowerCut(t *testing.T) {
	dir := stateFolder(t)
	r := newReplayRig(t, dir)
	const sent = 300
	for ctr := range uint32(sent) {
		if !r.send(5, ctr) {
			t.Fatalf("frame %d is refused", ctr)
		}
		r.settle()
	}
	r.cut()
	r = newReplayRig(t, dir)
	for ctr := range uint32(sent) {
		if r.send(5, ctr) {
			t.Fatalf("frame %d is taken twice", ctr)
		}
	}
	again := uint32(sent)
	for ; !r.send(5, again); again++ {
	}
	t.Logf("%d beats in no time, and the agent was refused %d times after the cut", sent, again-sent)
	r.cut()
}

// An orderly stop costs an agent nothing.
func TestReplaysAfterAStop(t *testing.T) {
	dir := stateFolder(t)
	r := newReplayRig(t, dir)
	for ctr := range uint32(20) {
		r.send(5, ctr)
	}
	r.start()
	r.stop()
	r = newReplayRig(t, dir)
	for ctr := range uint32(20) {
		if r.send(5, ctr) {
			t.Errorf("frame %d is taken twice", ctr)
		}
	}
	if !r.send(5, 20) {
		t.Error("the next frame is refused")
	}
	r.cut()
}

// The loop wakes for a save that is due, although nothing comes any more.
func TestReplayWakes(t *testing.T) {
	r := newReplayRig(t, stateFolder(t))
	l := r.o.loop
	r.send(5, 1)
	r.settle()
	r.send(5, 2)
	l.replays()
	due := l.replay.next(l.now)
	if due <= l.now || due > l.now+replayEveryNS {
		t.Errorf("a save is due in %d ms", (due-l.now)/1e6)
	}
	l.arm()
	if at := l.timer.Armed(); at == 0 || at > l.clock.Absolute(due) {
		t.Errorf("the timer is armed for %d, want %d at most", at, l.clock.Absolute(due))
	}
	r.cut()
}

// Whoever has a key and begins sessions all the time does not wear the flash.
func TestReplayPace(t *testing.T) {
	r := newReplayRig(t, stateFolder(t))
	l := r.o.loop
	saves, begin := 0, l.now
	for n := range int64(60) { // a session a second for a minute
		r.send(uint64(n), 1)
		l.now = begin + n*1e9
		if at := l.replay.next(l.now); at != 0 && at <= l.now {
			saves++
		}
		r.settle()
	}
	if most := replayBurst + 3; saves > most {
		t.Errorf("%d saves in a minute, want %d at most", saves, most)
	}
	if at := l.replay.next(l.now); at <= l.now || at > l.now+replayPaceNS {
		t.Errorf("the next save is due in %d ms", (at-l.now)/1e6)
	}
	r.cut()
}

// TestReplayAfterKill: the whole program, killed, over and over.
func TestReplayAfterKill(t *testing.T) {
	dir, key := stateFolder(t), keyFile(t, t.TempDir(), "1")
	var sent [][]byte
	ctr := uint32(0)
	frame := func(prefix uint64) []byte {
		ctr++
		b := seal(t, prefix, ctr, vlp.Append(nil, &vlp.Frame{PID: 7, Nonce: uint64(ctr)}))
		sent = append(sent, b)
		return b
	}
	for round := range 3 {
		c := startChild(t, "--udp-port", "0", threshold, "60000", "--key-file", key, "--state-dir", dir, "--export-file", "DIR/log")
		port := regexp.MustCompile(`UDP (127[\d.:]+)`).FindStringSubmatch(c.said())
		if port == nil {
			t.Fatal(c.said())
		}
		to, err := net.Dial("udp", port[1])
		if err != nil {
			t.Fatal(err)
		}
		for _, old := range sent {
			to.Write(old)
		}
		fresh := uint64(100 + round)
		to.Write(frame(fresh))
		last := fmt.Sprintf("\t%d\tok\t", ctr)
		eventually(t, "the first new frame", func() bool { return strings.Contains(c.log(), last) })
		if n := strings.Count(c.log(), "\tbeat\t"); n != 1 {
			t.Fatalf("round %d: %d beats, want the new one alone:\n%s", round, n, c.log())
		}
		saved, _ := os.ReadFile(filepath.Join(dir, "replay-udp"))
		eventually(t, "the session to be saved", func() bool {
			return strings.Contains(string(saved), string([]byte{byte(fresh), 0, 0, 0})) || reread(dir, &saved)
		})
		for range 20 {
			to.Write(frame(fresh))
		}
		last = fmt.Sprintf("\t%d\tok\t", ctr)
		eventually(t, "the last frame", func() bool { return strings.Contains(c.log(), last) })
		if round == 2 && c.end(t, syscall.SIGTERM) != 0 || round < 2 && c.end(t, syscall.SIGKILL) == 0 {
			t.Error(c.said())
		}
		to.Close()
	}
}

func reread(dir string, b *[]byte) bool {
	*b, _ = os.ReadFile(filepath.Join(dir, "replay-udp"))
	return false
}

func TestReplayStateRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(dir string)
		want  string
	}{
		{"damaged", func(dir string) { os.WriteFile(dir+"/replay-udp", []byte("x"), 0o600) }, "damaged: it does not begin with vlpdKEEP (to start without it remove the replay-* files in "},
		{"readable", func(dir string) { os.Chmod(dir+"/replay-udp", 0o644) }, "insecure permissions 644"},
		{"half", func(dir string) { os.Rename(dir+"/replay-udp", dir+"/replay-udp.filter") }, "replay-udp.filter is there"},
		{"open folder", func(dir string) { os.Chmod(dir, 0o777) }, "group and others must not write there"},
		{"no folder", func(dir string) { os.RemoveAll(dir) }, "no such file or directory"},
	} {
		dir := stateFolder(t)
		newReplayRig(t, dir).cut()
		c.spoil(dir)
		cfg, err := config.Parse([]string{"--udp-port", "0", threshold, "500", "--key-file", keyFile(t, t.TempDir(), "1"), "--state-dir", dir})
		if err != nil {
			t.Fatal(err)
		}
		o, err := build(&cfg, Release{}, quietDiag(t), sink.OS)
		o.close()
		if err == nil || !strings.Contains(err.Error(), "--state-dir ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for _, argv := range []string{"--socket s", "--udp-port 0 --i-accept-plaintext-udp", "--serial a=/dev/ttyS0", "--socket s --key-file k"} {
		_, err := config.Parse(strings.Fields(argv + " --threshold-ms 500 --state-dir d"))
		if err == nil || !strings.Contains(err.Error(), "--state-dir") {
			t.Errorf("%s: %v", argv, err)
		}
	}
}
