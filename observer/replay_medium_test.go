package observer

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/state"
)

// failing is a medium that hangs or fails when it is told to.
type failing struct {
	state.FS
	err  error
	hang chan struct{} // nil: it does not
}

func (f *failing) Create(path string) (state.File, error) {
	if f.hang != nil {
		<-f.hang
	}
	if f.err != nil {
		return nil, f.err
	}
	return f.FS.Create(path)
}

// A medium that hangs holds up neither beats nor the stop.
func TestReplayMediumHangs(t *testing.T) {
	r := newReplayRig(t, stateFolder(t))
	f := &failing{FS: state.OS(), hang: make(chan struct{})}
	l := r.o.loop
	l.replay.store.FS = f
	done := l.replay.done
	defer func() { close(f.hang); <-done }()
	for ctr := range uint32(500) {
		if !r.send(5, ctr) || l.replays() {
			t.Fatalf("frame %d is refused, or the loop is kept busy", ctr)
		}
	}
	if l.replay.state != replayWriting {
		t.Error("nothing is being written")
	}
	begin := time.Now()
	l.stopReplay(50 * time.Millisecond)
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("the stop took %v", took)
	}
	r.o.close()
}

// A medium that fails is told once, and so is its return; meanwhile beats count.
func TestReplayMediumFails(t *testing.T) {
	dir := stateFolder(t)
	r := newReplayRig(t, dir)
	f := &failing{FS: state.OS(), err: unix.ENOSPC}
	l := r.o.loop
	l.replay.store.FS = f
	for n := range uint32(3) {
		if !r.send(uint64(n), 1) {
			t.Error("a beat is refused because the medium is full")
		}
		r.settle()
		if !l.replay.failed {
			t.Error("the failure was not noticed")
		}
	}
	l.now += replayEveryNS
	f.err = nil
	r.settle()
	if l.replay.failed {
		t.Error("it was not saved again")
	}
	r.cut()
	r = newReplayRig(t, dir)
	for n := range uint64(3) {
		if r.send(n, 1) {
			t.Errorf("session %d is taken twice", n)
		}
	}
	r.cut()
}

// recorder notes which files are made.
type recorder struct {
	state.FS
	names []string
	fail  string // what is not to be made
}

func (r *recorder) Create(path string) (state.File, error) {
	name := filepath.Base(path[:len(path)-1])
	r.names = append(r.names, name)
	if name == r.fail {
		return nil, unix.EIO
	}
	return r.FS.Create(path)
}

// The filter may know more than the other file, never less.
func TestReplayFilterGoesFirst(t *testing.T) {
	r := newReplayRig(t, stateFolder(t))
	s := r.o.loop.replay
	for fail, want := range map[string]string{
		"":                      "replay-udp.filter.tmp replay-udp.tmp",
		"replay-udp.filter.tmp": "replay-udp.filter.tmp",
	} {
		f := &recorder{FS: state.OS(), fail: fail}
		s.store.FS = f
		job := replayJob{content: []byte("x"), extra: []byte("y")}
		s.perform(&job)
		if got := strings.Join(f.names, " "); got != want || (job.err != nil) != (fail != "") {
			t.Errorf("made %s, want %s; %v", got, want, job.err)
		}
	}
	r.cut()
}

// Two observers would replace each other's files.
func TestStateFolderIsForOne(t *testing.T) {
	dir := stateFolder(t)
	r := newReplayRig(t, dir)
	if fd, err := state.Lock(dir); !errors.Is(err, unix.EWOULDBLOCK) || !strings.Contains(err.Error(), dir+": another process") {
		t.Errorf("%d, %v, expected a refusal", fd, err)
	}
	r.cut()
	fd, err := state.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(fd)
}

// TestReplayStartsOnBadMedium: a card that takes nothing is no reason not to
// observe; a folder that is not ours to write is.
func TestReplayStartsOnBadMedium(t *testing.T) {
	r := newReplayRig(t, stateFolder(t))
	defer r.cut()
	for errno, starts := range map[unix.Errno]bool{unix.ENOSPC: true, unix.EROFS: true, unix.EIO: true, unix.EACCES: false} {
		dir := stateFolder(t)
		o := &observer{loop: r.o.loop, diag: r.o.diag}
		_, err := newReplayStore(o, dir, &failing{FS: state.OS(), err: errno})
		if (err == nil) != starts {
			t.Errorf("%v: %v", errno, err)
		}
		unix.Close(o.stateLock - 1)
	}
}
