package audit

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/sink"
)

// gated is a real file system whose syncs wait for gate.
type gated struct {
	sink.FS
	gate  chan struct{} // closed: they no longer wait
	begun chan struct{} // gets a value when one begins to
	syncs atomic.Int64
}

type gatedFile struct {
	sink.File
	g *gated
}

func newGated() *gated {
	return &gated{FS: OS, gate: make(chan struct{}), begun: make(chan struct{}, 1)}
}

func (g *gated) OpenFile(p sink.Path, create bool) (sink.File, error) {
	f, err := g.FS.OpenFile(p, create)
	if err != nil {
		return nil, err
	}
	return gatedFile{f, g}, nil
}

func (f gatedFile) Fdatasync() error {
	f.g.syncs.Add(1)
	select {
	case f.g.begun <- struct{}{}:
	default:
	}
	<-f.g.gate
	return nil
}

func realOptions(t testing.TB) Options {
	start := time.Now()
	return Options{
		Path: filepath.Join(t.TempDir(), "audit"), PID: uint32(os.Getpid()), FS: OS,
		Clock:  func() int64 { return int64(time.Since(start)) },
		WallMS: func() int64 { return time.Now().UnixMilli() },
		Say:    func(_ sink.Level, text string) { t.Log(text) },
	}
}

func mustOpen(t testing.TB, o Options) *Log {
	t.Helper()
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustVerify(t testing.TB, q Query) Totals {
	t.Helper()
	totals, err := Verify(q, func(n Note) { t.Errorf("%s:%d: %s", n.File, n.Line, n.Text) })
	if err != nil {
		t.Fatal(err)
	}
	return totals
}

// until waits for a condition.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("waited 30 s for %s", what)
		}
	}
}

// allAtOnce has n agents stall while the flash is stuck, with spawn, output and
// complete record for each, and expects every record and no break.
func allAtOnce(t *testing.T, n int) {
	g := newGated()
	o := realOptions(t)
	o.FS, o.Capacity, o.Tails = g, n, 16*n
	l := mustOpen(t, o)
	<-g.begun // that of the boot record
	c := l.Command("/bin/true", "inline")
	for i := range n {
		a := Agent{ID: uint32(i + 2)}
		l.Spawn(a, uint32(i), c, 9)
		l.Complete(a, uint32(i), End{Stdout: 5, Tail: []byte("said" + strconv.Itoa(i%10))})
	}
	if l.stats.Dropped.Load() > 0 || l.ring.Len() != 3*n {
		t.Errorf("%d wait, %d dropped", l.ring.Len(), l.stats.Dropped.Load())
	}
	close(g.gate)
	if err := l.Close(100 * time.Second); err != nil {
		t.Fatal(err)
	}
	totals := mustVerify(t, Query{Paths: []string{o.Path}})
	want := uint64(3*n + 1)
	if totals.Records != want || totals.Last != want || l.stats.Synced.Load() != want || l.stats.Records.Load() != want {
		t.Errorf("%+v; synced %d", totals, l.stats.Synced.Load())
	}
	if most := int64(3*n/(unsyncedRecords/2) + 5); g.syncs.Load() > most {
		t.Errorf("%d syncs, expected %d at most: one for all that wait", g.syncs.Load(), most)
	}
}

func TestThousandAtOnce(t *testing.T) { allAtOnce(t, 1000) }

func TestAllAgentsAtOnce(t *testing.T) { allAtOnce(t, 65536) }

// TestCloseOnStuckDisk: the end does not wait for ever, and says what is open.
func TestCloseOnStuckDisk(t *testing.T) {
	g := newGated()
	o := realOptions(t)
	o.FS = g
	l := mustOpen(t, o)
	<-g.begun
	for range 7 {
		l.Refused(Agent{ID: 9}, LineDown)
	}
	err := l.Close(time.Millisecond)
	if !errors.Is(err, ErrUnstored) || err.Error() != "7 audit records could not be stored in 1 ms: the disk does not answer" {
		t.Errorf("%v", err)
	}
	close(g.gate)
	if err := l.Close(10 * time.Second); err != nil {
		t.Errorf("the second time: %v", err)
	}
	if totals := mustVerify(t, Query{Paths: []string{o.Path}}); totals.Records != 8 {
		t.Errorf("%+v", totals)
	}
}

// TestBootIsThere: it stands in the file when Open returns.
func TestBootIsThere(t *testing.T) {
	g := newGated()
	o := realOptions(t)
	o.FS = g
	l := mustOpen(t, o)
	text, err := os.ReadFile(o.Path)
	if err != nil || !strings.Contains(string(text), "\tboot\t"+strconv.Itoa(os.Getpid())+"\t-\tfresh\t") {
		t.Errorf("%q, %v", text, err)
	}
	close(g.gate)
	if err := l.Close(10 * time.Second); err != nil {
		t.Error(err)
	}
}

// TestSteadyStateAllocatesNothing: neither the loop nor the writer does, keyed or not.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for _, key := range []*[KeyBytes]byte{nil, &testKey} {
		d := &nowhere{}
		o := realOptions(t)
		o.FS, o.Tails, o.Key = d, 4096, key
		o.WallMS = func() int64 { return wallMS }
		o = o.withDefaults()
		f := &front{}
		f.init(&o)
		w, err := begin(o, f)
		if err != nil {
			t.Fatal(err)
		}
		c := f.names.add("/bin/true", "inline")
		tail := []byte("not so\n")
		turn := func() {
			a := Agent{ID: 77}
			f.Spawn(a, 5, c, 9)
			f.Complete(a, 5, End{Status: 256, Tail: tail})
			f.Refused(a, Debounced)
			f.SpawnFailed(a, Execve, unix.ENOENT)
			w.step()
		}
		turn()
		if n := testing.AllocsPerRun(100, turn); n != 0 {
			t.Errorf("%v allocations a turn, keyed %v", n, key != nil)
		}
		if d.writes < 500 {
			t.Errorf("%d writes", d.writes)
		}
	}
}

// nowhere is a file system that stores nothing, and a file of it.
type nowhere struct{ writes int }

func (c *nowhere) OpenFile(_ sink.Path, create bool) (sink.File, error) {
	if !create {
		return nil, unix.ENOENT
	}
	return c, nil
}
func (c *nowhere) Rename(_, _ sink.Path) error                   { return nil }
func (c *nowhere) Unlink(sink.Path) error                        { return nil }
func (c *nowhere) Same(_, _ sink.Path) bool                      { return false }
func (c *nowhere) Device(sink.Path) (dev, ino uint64, err error) { return 0, 0, nil }
func (c *nowhere) Exists(sink.Path) error                        { return unix.ENOENT }
func (c *nowhere) SyncDir(sink.Path) error                       { return nil }
func (c *nowhere) Write(p []byte) (int, error)                   { c.writes++; return len(p), nil }
func (c *nowhere) ReadAt(p []byte, off int64) (int, error)       { return 0, unix.EIO }
func (c *nowhere) Truncate(int64) error                          { return nil }
func (c *nowhere) Fdatasync() error                              { return nil }
func (c *nowhere) Nameless() bool                                { return false }
func (c *nowhere) Size() (int64, bool, error)                    { return 0, true, nil }
func (c *nowhere) Close() error                                  { return nil }
