package audit

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/sink"
)

// most lets no file grow beyond so many bytes.
func most(d *disk, bytes int, errno unix.Errno) func(string, string, int) (int, error) {
	return func(op, name string, n int) (int, error) {
		if op != "write" || len(d.names[name].data)+n <= bytes {
			return 0, nil
		}
		return max(bytes-len(d.names[name].data), 0), errno
	}
}

// TestFullFile: a file that can grow no more, as beyond 4 GiB on FAT, is followed
// by the next one. Where no record fits behind the head, none is begun after the
// other.
func TestFullFile(t *testing.T) {
	for _, c := range []struct {
		bytes int
		all   bool
	}{{3000, true}, {200, false}, {100, false}, {10, false}} {
		d := newDisk(1)
		d.fault = most(d, c.bytes, unix.EFBIG)
		r := newRig(t, d, func(o *Options) { o.MaxBytes, o.Generations = 0, 99 })
		for range 20 {
			r.refuse(5)
			r.settle(500e6)
		}
		if rotations := r.f.stats.Rotations.Load(); c.all != (rotations >= 3) {
			t.Errorf("%d bytes: %d files begun", c.bytes, rotations)
		}
		if failures := r.f.stats.Failures[sink.OpWrite].Load(); failures == 0 || failures > 30 {
			t.Errorf("%d bytes: %d failures", c.bytes, failures)
		}
		if !c.all { // they wait
			d.fault = nil
			r.settle(20e9)
		}
		r.allThere()
		r.whole()
	}
}

// TestTornAtTheEnd: half a line is not left behind by a stop on a full disk.
func TestTornAtTheEnd(t *testing.T) {
	d := newDisk(1)
	r := newRig(t, d, nil)
	r.refuse(3)
	r.settle(0)
	d.fault = most(d, len(d.text("/log/a"))+20, unix.ENOSPC)
	r.refuse(1)
	r.close()
	if text := d.text("/log/a"); !strings.HasSuffix(text, "\n") {
		t.Errorf("it ends in %q", text[strings.LastIndexByte(text, '\n')+1:])
	}
	r.whole()
}
