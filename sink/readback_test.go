package sink

import (
	"bytes"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// TestReadBack: what a failed sync gives back is what can still be read of it,
// whole rows only; the rest is counted and told.
func TestReadBack(t *testing.T) {
	const rows = 40
	for _, c := range []struct {
		name  string
		spoil func(data []byte, from int) []byte // of the unsynced part
		read  error
		lost  uint64
	}{
		{"all there", func(d []byte, _ int) []byte { return d }, nil, 0},
		{"cannot be read", func(d []byte, _ int) []byte { return d }, unix.EIO, rows},
		{"cut short", func(d []byte, _ int) []byte { return d[:len(d)-1] }, nil, rows},
		{"zeros", func(d []byte, from int) []byte { clear(d[from:]); return d }, nil, rows},
		{"a page of zeros", func(d []byte, from int) []byte { clear(d[from+5*36+3 : from+9*36]); return d }, nil, rows - 5},
		{"something else", func(d []byte, from int) []byte { return append(d[:from], bytes.Repeat([]byte{'\n'}, len(d)-from)...) }, nil, rows},
	} {
		t.Run(c.name, func(t *testing.T) {
			fs := newFakeFS(1)
			r := newRig(t, fs, func(o *Options) { o.MaxBytes, o.SyncEvery = 0, rows })
			r.push(event.Beat, rows)
			r.settle()
			node := fs.names["/log/ev"]
			from := len(node.data)
			fs.fault = func(op, _ string, _ int) fail {
				switch op {
				case "fdatasync":
					node.data = c.spoil(node.data, from)
					return fail{err: unix.EIO}
				case "read":
					return fail{err: c.read}
				}
				return fail{}
			}
			r.push(event.Beat, rows)
			r.step()
			r.sync()
			fs.fault = nil
			r.push(event.Beat, 1)
			r.settleFor(10e9)
			r.balance()
			if got := r.f.stats.LostDisk.Load(); got != c.lost {
				t.Errorf("%d rows lost, expected %d; %s", got, c.lost, r.figures())
			}
			written := runOf(t, &fakeFS{names: map[string]*inode{"/log/ev": fs.names["/log/ev"]}})
			told, again := lostBy(written, event.LostDisk), 0
			for _, row := range written {
				if row.n > rows && row.n <= 2*rows {
					again++
				}
			}
			if told != c.lost || again != int(rows-c.lost) {
				t.Errorf("lost rows say %d, expected %d; %d rows written again, expected %d", told, c.lost, again, rows-c.lost)
			}
			if r.w.waiting.given || cap(r.w.waiting.buf) != waitingBytes {
				t.Error("the buffer for rows given back was kept")
			}
		})
	}
}
