package intake

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

func TestRetry(t *testing.T) {
	const forever = -1
	for _, tc := range []struct {
		name  string
		err   error
		blind bool
		tries int // with a timer; forever: it never ends
		code  uint16
	}{
		{"missing", unix.ENOENT, false, 0, event.LineMissing},
		{"file in the way", unix.ENOTDIR, false, 0, event.LineMissing},
		{"missing, wrapped", &os.PathError{Op: "open", Err: unix.ENOENT}, false, 0, event.LineMissing},
		{"missing, no inotify", unix.ENOENT, true, forever, event.LineMissing},
		{"no tty", os.NewSyscallError("ioctl TCGETS", unix.ENOTTY), false, 0, uint16(unix.ENOTTY)},
		{"two alike", unix.ENOTUNIQ, false, 0, uint16(unix.ENOTUNIQ)},
		{"rights", unix.EACCES, false, len(delays) - 1, uint16(unix.EACCES)},
		{"rights, no inotify", unix.EPERM, true, forever, uint16(unix.EPERM)},
		{"in use", unix.EBUSY, false, forever, uint16(unix.EBUSY)},
		{"no device", unix.ENXIO, false, forever, uint16(unix.ENXIO)},
		{"hung up", errHungUp, false, forever, event.LineHangup},
	} {
		var r retry
		var last, sum time.Duration
		n := 0
		for ; n < 50; n++ {
			d := r.after(tc.err, tc.blind)
			if d == 0 {
				break
			}
			if d < last || d < 20*time.Millisecond || d > 5*time.Second {
				t.Errorf("%s: pause %v after %v", tc.name, d, last)
			}
			last = d
			sum += d
		}
		if want := tc.tries; n != want && !(want == forever && n == 50) {
			t.Errorf("%s: %d tries in %v", tc.name, n, sum)
		}
		if tc.tries > 0 && sum > 10*time.Second {
			t.Errorf("%s: tries for %v", tc.name, sum)
		}
		if got := codeOf(tc.err); got != tc.code {
			t.Errorf("%s: code %#x", tc.name, got)
		}
		r.reset()
		if d := r.after(unix.EBUSY, false); d != delays[0] {
			t.Errorf("%s: after reset %v", tc.name, d)
		}
	}
}

// What a user is told of one trouble: each reason once.
func TestComplain(t *testing.T) {
	for _, tc := range []struct {
		name  string
		codes []uint16
		want  []uint16
	}{
		{"missing from the start", []uint16{event.LineMissing, event.LineMissing}, []uint16{event.LineMissing}},
		{"rights, then gone", []uint16{uint16(unix.EACCES), uint16(unix.EACCES), event.LineMissing}, []uint16{uint16(unix.EACCES), event.LineMissing}},
		{"no device", []uint16{uint16(unix.ENXIO)}, []uint16{uint16(unix.ENXIO)}},
		{"unplug", []uint16{0, event.LineHangup, uint16(unix.ENODEV), uint16(unix.EIO), event.LineMissing}, nil},
		{"unplug, then taken", []uint16{0, event.LineMissing, uint16(unix.EBUSY), uint16(unix.EBUSY)}, []uint16{uint16(unix.EBUSY)}},
	} {
		changes := make(chan Change, 10)
		o := opener{changes: changes, ring: func() {}}
		for _, code := range tc.codes {
			if code == 0 { // as run does when the loop has let go
				o.told = event.LineHangup
			} else {
				o.complain(code)
			}
		}
		close(changes)
		var got []uint16
		for c := range changes {
			got = append(got, c.Code)
		}
		if len(got) != len(tc.want) {
			t.Errorf("%s: said %#x", tc.name, got)
			continue
		}
		for i := range got {
			if got[i] != tc.want[i] {
				t.Errorf("%s: said %#x", tc.name, got)
			}
		}
	}
}

// A user whose inotify instances are used up still gets the line, by timer.
func TestLineWithoutInotify(t *testing.T) {
	p := newPTY(t)
	link := filepath.Join(t.TempDir(), "tty")
	o, err := newOpener(LineConfig{Device: link, Baud: 9600, Stops: 1, Parity: 'N'}, noSys(t))
	if err != nil {
		t.Fatal(err)
	}
	changes, stop, done := make(chan Change), make(chan struct{}), make(chan struct{})
	o.changes, o.stop, o.ring = changes, stop, func() {}
	go func() { o.run(); close(done) }()
	expect := func(up bool, code uint16) {
		t.Helper()
		select {
		case c := <-changes:
			if c.Up != up || c.Code != code {
				t.Fatalf("got %+v", c)
			}
		case <-time.After(patience):
			t.Fatal("nothing came")
		}
	}
	expect(false, event.LineMissing)
	point(t, link, p.path)
	expect(true, event.LineOpened)
	close(stop)
	<-done
}
