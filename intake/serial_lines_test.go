package intake

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/event"
	"vlpd/vlp"
)

func TestLineCarriesFramesInAnyPieces(t *testing.T) {
	p := newPTY(t)
	r := newRig(t, noSys(t), "a="+p.path)
	r.expectUp(event.LineOpened)
	stream := append([]byte("boot\n"), lineFrame(1)...)
	stream = append(append(stream, lineFrame(2)...), lineFrame(3)[:20]...)
	for i := range stream {
		p.write(stream[i : i+1])
		r.turn(1000)
	}
	r.until("two frames", func() bool { return r.frames[0] == 2 })
	p.write(lineFrame(3)[20:])
	r.until("the third frame", func() bool { return r.frames[0] == 3 })
	l := r.lines.Line(0)
	if seen, skipped := l.Scanner().Bytes(); seen != 3*vlp.Size+5 || skipped != 5 {
		t.Errorf("bytes: seen %d, skipped %d", seen, skipped)
	}
	if l.Frames() != 3 || l.Reopens() != 0 {
		t.Errorf("frames %d, reopens %d", l.Frames(), l.Reopens())
	}
	if n, down := l.Read(); n != 0 || down != 0 {
		t.Errorf("read of a silent line: %d bytes, down %#x", n, down)
	}
}

func TestLineOutlivesItsDevice(t *testing.T) {
	link := filepath.Join(t.TempDir(), "tty")
	p := newPTY(t)
	point(t, link, p.path)
	r := newRig(t, noSys(t), "a="+link)
	r.expectUp(event.LineOpened)
	r.beat(0, p)
	p.write(lineFrame(9)[:20])
	r.until("half a frame", func() bool { seen, _ := r.lines.Line(0).Scanner().Bytes(); return seen == 52 })
	p.close()
	r.expect(0, false, event.LineHangup)
	if l := r.lines.Line(0); l.FD() != -1 {
		t.Errorf("down: fd %d", l.FD())
	}
	q := newPTY(t)
	point(t, link, q.path)
	r.until("up again", func() bool { return r.last(0).Up })
	r.beat(0, q)
	if _, skipped := r.lines.Line(0).Scanner().Bytes(); skipped != 20 {
		t.Errorf("skipped %d, expected the half frame of 20 bytes", skipped)
	}
	if n := r.lines.Line(0).Reopens(); n != 1 {
		t.Errorf("reopens: %d", n)
	}
	downs := 0
	for _, c := range r.changes {
		if !c.Up {
			downs++
		}
	}
	if downs != 1 {
		t.Errorf("one unplug gave %d reasons: %+v", downs, r.changes)
	}
}

func TestLineThatIsNoTTY(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, target string
		places       Places
	}{
		{"regular file", file, SystemPlaces},
		{"folder", dir, SystemPlaces},
		{"null known by sysfs", "/dev/null", SystemPlaces},
		{"null asked by ioctl", "/dev/null", noSys(t)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			link := filepath.Join(t.TempDir(), "tty")
			point(t, link, tc.target)
			r := newRig(t, tc.places, "a="+link)
			r.expect(0, false, uint16(unix.ENOTTY))
			p := newPTY(t)
			point(t, link, p.path)
			r.expectUp(event.LineOpened)
			r.beat(0, p)
		})
	}
}

// A node that stays and cannot be opened is tried for ever, said once, and
// left as soon as there is something else.
func TestLineWithNodeWithoutDevice(t *testing.T) {
	dir := t.TempDir()
	node, link := filepath.Join(dir, "node"), filepath.Join(dir, "tty")
	// Outside of devpts a slave's number leads nowhere: EIO.
	if err := unix.Mknod(node, unix.S_IFCHR|0o600, int(unix.Mkdev(136, 9))); err != nil {
		t.Skipf("mknod: %v", err)
	}
	if fd, err := unix.Open(node, unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK, 0); err != unix.EIO {
		unix.Close(fd)
		t.Skipf("open of a slave's number outside of devpts: %v", err)
	}
	point(t, link, node)
	r := newRig(t, noSys(t), "a="+link)
	r.expect(0, false, uint16(unix.EIO))
	for end := time.Now().Add(300 * time.Millisecond); time.Now().Before(end); {
		r.turn(100)
	}
	if len(r.changes) != 1 {
		t.Errorf("said more than once: %+v", r.changes)
	}
	p := newPTY(t)
	point(t, link, p.path)
	r.expectUp(event.LineOpened)
}

func TestManyLinesAtOnce(t *testing.T) {
	const count = 32
	dir := t.TempDir()
	before := openFDs(t)
	var specs []string
	var ptys []*pty
	for i := range count {
		ptys = append(ptys, newPTY(t))
		link := filepath.Join(dir, string(rune('a'+i%26))+string(rune('a'+i/26)))
		point(t, link, ptys[i].path)
		specs = append(specs, "l"+filepath.Base(link)+"="+link)
	}
	r := newRig(t, noSys(t), specs...)
	r.until("all up", func() bool { return len(r.changes) == count })
	for i := range count {
		if !r.last(i).Up {
			t.Fatalf("line %d: %+v", i, r.last(i))
		}
		r.beat(i, ptys[i])
	}
	// Masters, one descriptor a line; epoll set, bell, inotify, and the
	// runtime's own two, which may have been there before.
	if got := openFDs(t) - before; got < 2*count+3 || got > 2*count+5 {
		t.Errorf("%d descriptors for %d lines", got, count)
	}
	for _, p := range ptys {
		p.close()
	}
	r.until("all down", func() bool {
		return !slices.ContainsFunc(r.lines.lines, func(l Line) bool { return l.FD() >= 0 })
	})
}
