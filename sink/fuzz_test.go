package sink

import (
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// FuzzFaults plays a script of pushes, pauses and faults. Whatever it is, no
// row is ever glued to another, while it runs, after it, and after a power
// cut; no row counts as synced that is not there then; and when the disk is
// well again every row is synced or known to be lost.
//
// Two bits of a byte say what to do, six how much.
func FuzzFaults(f *testing.F) {
	f.Add([]byte("\x05\x45\x81\xc0\x0a\x50"))
	f.Add([]byte{20, 0x40, 0x81, 20, 0x41, 0xc3, 20, 0x8a, 63, 63, 0x44, 0xff})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 200 {
			return
		}
		fs := newFakeFS(uint64(len(script)))
		r := newRig(t, fs, func(o *Options) { o.SyncInterval, o.MaxBytes, o.Beats, o.Events = 1e9, 20000, 128, 64 })
		ops := []string{"write", "fdatasync", "rename", "open", "truncate", "syncdir", "unlink", "exists", "size", "read"}
		errnos := []unix.Errno{unix.EIO, unix.EROFS, unix.ENOMEM, unix.EACCES}
		fault, left := byte(0), 0
		fs.fault = func(op, _ string, n int) fail {
			if left == 0 || op != ops[int(fault)%len(ops)] {
				return fail{}
			}
			left--
			return fail{err: errnos[int(fault>>4)%len(errnos)], part: n * int(fault) / 64}
		}
		for _, b := range script {
			switch n := b & 63; b >> 6 {
			case 0:
				r.push(event.Beat, int(n))
				r.step()
			case 1:
				fault, left = n, 1+int(n>>3)
				r.push(event.Stall, 1)
			case 2:
				r.now += int64(n) * 20e6
				r.step()
				if n&1 == 0 {
					r.sync()
				}
			case 3:
				if n&1 == 0 {
					r.f.reopen.Store(true)
				}
				r.settle()
			}
			noneGlued(t, fs)
		}
		if err := goOn(t, fs.cut(1), r.f.stats.Synced.Load()); err != nil && r.f.stats.LostRing.Load()+r.f.stats.LostDisk.Load() == 0 {
			t.Fatal(err)
		}
		fs.fault = nil
		r.settleFor(30e9)
		r.balance()
		noneGlued(t, fs)
	})
}

// noneGlued looks at all but the ends of files, which may be torn while the
// disk does not even let them be cut.
func noneGlued(t *testing.T, fs *fakeFS) {
	t.Helper()
	for name, node := range fs.names {
		for from := 0; ; {
			n := (&waiting{buf: node.data[from:]}).first()
			if n == 0 {
				break
			}
			if _, err := parseRow(string(node.data[from : from+n-1])); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			from += n
		}
	}
}
