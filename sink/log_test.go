package sink

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

var testEpoch = time.Now()

func testClock() int64 { return int64(time.Since(testEpoch)) }

func realOptions(t testing.TB) Options {
	o := options(OS, testClock, 1)
	o.Path = filepath.Join(t.TempDir(), "ev")
	return o
}

func mustOpen(t testing.TB, o Options) *Log {
	t.Helper()
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// until polls for what another goroutine does.
func until(t testing.TB, what string, done func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !done(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("not within 10 s: %s", what)
		}
	}
}

func rowsOf(t testing.TB, path string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for _, r := range rows {
		if _, err := parseRow(r); err != nil {
			t.Fatal(err)
		}
	}
	return rows
}

func beat(n uint64) event.Record {
	return event.Record{At: testClock(), Kind: event.Beat, ID: 1, Nonce: n}
}

// TestLog goes through a life on a real file system: rows, a stall that is
// synced at once, rotation, logrotate, a second start behind a torn row.
func TestLog(t *testing.T) {
	o := realOptions(t)
	o.MaxBytes = 8000
	l := mustOpen(t, o)
	n := uint64(0)
	push := func(k event.Kind, rows int) {
		for range rows {
			n++
			r := beat(n)
			r.Kind = k
			l.Push(r.At, &r)
		}
		l.Flush()
		l.Tick(testClock() + 1e9)
	}
	push(event.Stall, 1)
	until(t, "the stall is synced", func() bool { return l.Stats().Synced.Load() == 1 })
	push(event.Beat, 500)
	until(t, "rotation", func() bool { return l.Stats().Rotations.Load() > 0 })
	push(event.Stall, 1)
	until(t, "all is synced", func() bool { return l.Stats().Synced.Load() == n })
	if err := os.Rename(o.Path, o.Path+".moved"); err != nil {
		t.Fatal(err)
	}
	l.Reopen()
	until(t, "a new file", func() bool { _, err := os.Stat(o.Path); return err == nil })
	push(event.Beat, 5)
	if err := l.Close(10 * time.Second); err != nil {
		t.Fatal(err)
	}
	if rows := rowsOf(t, o.Path); len(rows) != 6 {
		t.Errorf("%d rows in the new file, expected 6", len(rows))
	}
	rowsOf(t, o.Path+".moved")
	if st, _ := os.Stat(o.Path + ".1"); st == nil || st.Size() > o.MaxBytes || st.Mode().Perm() != 0o644 {
		t.Errorf("first generation %v", st)
	}
	tear(t, o.Path)
	l = mustOpen(t, o)
	if err := l.Close(10 * time.Second); err != nil || l.Stats().Repaired.Load() != 6 {
		t.Errorf("%d bytes repaired, expected 6; %v", l.Stats().Repaired.Load(), err)
	}
	if rows := rowsOf(t, o.Path); len(rows) != 7 {
		t.Errorf("%d rows after the second start, expected 7", len(rows))
	}
}

func tear(t *testing.T, path string) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.WriteString("123\tb\x00")
}

// stuckFS is the real file system with an fdatasync that waits for free.
type stuckFS struct {
	FS
	stuck chan struct{}
	free  chan struct{}
}

type stuckFile struct {
	File
	fs *stuckFS
}

func (s *stuckFS) OpenFile(p Path, create bool) (File, error) {
	f, err := s.FS.OpenFile(p, create)
	if err != nil {
		return nil, err
	}
	return &stuckFile{f, s}, nil
}

func (f *stuckFile) Fdatasync() error {
	select {
	case f.fs.stuck <- struct{}{}:
		<-f.fs.free
	default:
	}
	return f.File.Fdatasync()
}

// TestStuckSync: while fdatasync does not return, rows are readable within 0.1 s,
// Push does not wait, and Close gives up in time and says how much.
func TestStuckSync(t *testing.T) {
	o := realOptions(t)
	fs := &stuckFS{FS: OS, stuck: make(chan struct{}, 1), free: make(chan struct{})}
	fs.stuck <- struct{}{} // Open's own sync passes
	o.FS = fs
	l := mustOpen(t, o)
	<-fs.stuck
	r := beat(1)
	r.Kind = event.Stall
	l.Push(r.At, &r)
	l.Flush()
	until(t, "the sync is stuck", func() bool { return len(fs.stuck) == 1 })
	for n := uint64(2); n < 6; n++ {
		began := testClock()
		r := beat(n)
		l.Push(began, &r)
		l.Tick(l.Deadline())
		until(t, "the row is in the file", func() bool { return len(rowsOf(t, o.Path)) == int(n)+1 })
		if took := testClock() - began; took > 100e6 {
			t.Logf("readable after %d ms, beyond the 80 ms that Tick may wait", took/1e6)
		}
	}
	began := time.Now()
	err := l.Close(50 * time.Millisecond)
	if took := time.Since(began); !errors.Is(err, ErrUnstored) || took > 5*time.Second {
		t.Errorf("Close after %v: %v", took, err)
	}
	if !strings.HasPrefix(err.Error(), "5 rows") {
		t.Errorf("Close: %v, expected 5 rows", err)
	}
	close(fs.free)
	if err := l.Close(10 * time.Second); err != nil || l.Stats().Synced.Load() != 5 {
		t.Errorf("Close with the disk back: %v, %d rows synced", err, l.Stats().Synced.Load())
	}
}

// TestLongName: a name that no generation can have is refused at the start.
func TestLongName(t *testing.T) {
	o := realOptions(t)
	dir := filepath.Dir(o.Path)
	o.Generations = 10
	o.Path = filepath.Join(dir, strings.Repeat("l", 255-len(".9")))
	if _, err := Open(o); !errors.Is(err, unix.ENAMETOOLONG) || !strings.Contains(err.Error(), "l.10: faccessat: ") {
		t.Error(err)
	}
	if names, _ := os.ReadDir(dir); len(names) != 0 {
		t.Errorf("made %v", names)
	}
	o.Generations = 9
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(30 * time.Second); err != nil {
		t.Error(err)
	}
}
