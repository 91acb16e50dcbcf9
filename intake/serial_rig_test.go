package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/platform"
	"vlpd/vlp"
)

// patience ends a test that waits for something that does not come. It is no
// pause: all waiting is in epoll_wait.
const patience = 20 * time.Second

// rig is a loop around Lines, as small as one can be.
type rig struct {
	t       testing.TB
	lines   *Lines
	bell    *platform.Doorbell
	epoll   int
	changes []Change                     // all there were, hang-ups included
	frames  []int                        // accepted, by line
	onFrame func(line int, f *vlp.Frame) // optional
	events  [64]unix.EpollEvent
}

const bellToken = 1 << 20

func newRig(t testing.TB, places Places, specs ...string) *rig {
	t.Helper()
	r := &rig{t: t, frames: make([]int, len(specs))}
	var err error
	if r.bell, err = platform.NewDoorbell(); err != nil {
		t.Fatal(err)
	}
	if r.epoll, err = unix.EpollCreate1(unix.EPOLL_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	r.add(r.bell.FD(), bellToken)
	var cfgs []LineConfig
	for _, s := range specs {
		c, err := ParseLine(s)
		if err != nil {
			t.Fatal(err)
		}
		cfgs = append(cfgs, c)
	}
	if r.lines, err = NewLines(cfgs, r.bell.Ring, places); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.close)
	return r
}

func (r *rig) close() {
	if r.lines == nil {
		return
	}
	if !r.lines.Close(patience) {
		r.t.Error("Lines.Close: something is still running")
	}
	r.lines = nil
	r.bell.Close()
	unix.Close(r.epoll)
}

func (r *rig) add(fd int, token int32) {
	ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: token}
	if err := unix.EpollCtl(r.epoll, unix.EPOLL_CTL_ADD, fd, &ev); err != nil {
		r.t.Fatalf("epoll_ctl: %v", err)
	}
}

// until turns the loop until cond holds.
func (r *rig) until(what string, cond func() bool) {
	r.t.Helper()
	for end := time.Now().Add(patience); !cond(); {
		left := time.Until(end)
		if left <= 0 {
			r.t.Fatalf("%s: did not come; changes so far %+v", what, r.changes)
		}
		r.turn(int(left.Milliseconds()) + 1)
	}
}

// turn waits once and serves what is ready.
func (r *rig) turn(waitMS int) {
	n, err := unix.EpollWait(r.epoll, r.events[:], waitMS)
	if err != nil && err != unix.EINTR {
		r.t.Fatalf("epoll_wait: %v", err)
	}
	for _, ev := range r.events[:max(n, 0)] {
		if ev.Fd == bellToken {
			r.answer()
		} else {
			r.read(int(ev.Fd))
		}
	}
}

func (r *rig) answer() {
	r.bell.Answer()
	for c, ok := r.lines.Next(); ok; c, ok = r.lines.Next() {
		if c.Opened() {
			r.add(r.lines.Line(c.Line).FD(), int32(c.Line))
		}
		r.changes = append(r.changes, c)
	}
}

func (r *rig) read(i int) {
	l := r.lines.Line(i)
	_, down := l.Read()
	if down != 0 {
		if err := unix.EpollCtl(r.epoll, unix.EPOLL_CTL_DEL, l.FD(), nil); err != nil {
			r.t.Fatalf("epoll_ctl: %v", err)
		}
		r.lines.Release(i)
		r.changes = append(r.changes, Change{Line: i, Code: down})
		return
	}
	var f vlp.Frame
	for ft, more := l.Next(&f); more; ft, more = l.Next(&f) {
		if ft != vlp.None {
			continue
		}
		r.frames[i]++
		if r.onFrame != nil {
			r.onFrame(i, &f)
		}
	}
}

// last is the latest change of line i.
func (r *rig) last(i int) Change {
	for k := len(r.changes) - 1; k >= 0; k-- {
		if r.changes[k].Line == i {
			return r.changes[k]
		}
	}
	return Change{}
}

// expect waits for line i to be in the given state, and nothing between.
func (r *rig) expect(i int, up bool, code uint16) Change {
	r.t.Helper()
	seen := len(r.changes)
	r.until(fmt.Sprintf("line %d up=%v code=%#x", i, up, code), func() bool { return len(r.changes) > seen })
	c := r.changes[seen]
	if c.Line != i || c.Up != up || c.Code != code {
		r.t.Fatalf("change: expected line %d up=%v code=%#x, got %+v", i, up, code, c)
	}
	return c
}

func (r *rig) expectUp(code uint16) { r.t.Helper(); r.expect(0, true, code) }

// lineFrame is one good frame of agent 7.
func lineFrame(nonce uint64) []byte {
	return vlp.Append(nil, &vlp.Frame{PID: 7, Nonce: nonce, Timestamp: nonce})
}

// beat proves that the line carries frames.
func (r *rig) beat(i int, p *pty) {
	r.t.Helper()
	had := r.frames[i]
	if p.write(lineFrame(uint64(had)+1)) != vlp.Size {
		r.t.Fatal("the pty did not take a frame")
	}
	r.until("a frame", func() bool { return r.frames[i] > had })
}

// noSys is a place without sysfs, as ptys see it everywhere.
func noSys(t testing.TB) Places {
	return Places{Sys: filepath.Join(t.TempDir(), "no-sys"), Dev: "/dev"}
}

func openFDs(t testing.TB) int {
	t.Helper()
	names, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(names)
}
