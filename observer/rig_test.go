package observer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/args"
	"vlpd/beat"
	"vlpd/config"
	"vlpd/diag"
	"vlpd/sink"
	"vlpd/vlp"
)

// TestMain lets the test binary be the observer, or one that beats, so that tests
// of whole processes need no build of their own.
func TestMain(m *testing.M) {
	if os.Getenv("VLPD_TEST_RUN") != "" {
		if what := os.Getenv("VLPD_TEST_REFUSE"); what != "" {
			if err := refuse(what); err != nil {
				panic(err)
			}
		}
		os.Exit(program(os.Args[1:]))
	}
	code := m.Run()
	if shippedDir != "" {
		os.RemoveAll(shippedDir)
	}
	os.Exit(code)
}

// program is vlpd but for what main does; its exit codes are main's.
func program(argv []string) int {
	var err error
	if len(argv) > 0 && argv[0] == "beat" {
		err = beat.Run(argv[1:])
	} else {
		err = Run(argv, Release{Version: "test"})
	}
	switch {
	case errors.Is(err, args.ErrUsage):
		return 2
	case err != nil:
		return 1
	}
	return 0
}

// rig is a whole observer inside the test: real sockets, ttys, files, clock.
type rig struct {
	t    testing.TB
	dir  string
	o    *observer
	done chan error

	other int // master of a second line, for those who disturb
}

// newRig builds an observer from a command line; "DIR" in it is a fresh folder.
func newRig(t testing.TB, files sink.FS, argv ...string) *rig {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), done: make(chan error, 1)}
	for i := range argv {
		argv[i] = strings.ReplaceAll(argv[i], "DIR", r.dir)
	}
	c, err := config.Parse(argv)
	if err != nil {
		t.Fatal(err)
	}
	if r.o, err = build(&c, Release{}, quietDiag(t), files); err != nil {
		r.o.close()
		t.Fatal(err)
	}
	return r
}

// quietDiag says nothing unless the test is verbose.
func quietDiag(t testing.TB) *diag.Log {
	l := diag.New(diag.Options{Name: "test", Wall: time.Now, Write: func(p []byte) (int, error) {
		if testing.Verbose() {
			os.Stderr.Write(p)
		}
		return len(p), nil
	}})
	t.Cleanup(func() { l.Close(time.Second) })
	return l
}

// start runs the loop in a goroutine of its own.
func (r *rig) start() {
	go func() { r.done <- r.o.run() }()
}

// stop ends it as SIGTERM does.
func (r *rig) stop() {
	r.t.Helper()
	s := r.o.loop.signals
	s.end.Store(uint32(unix.SIGTERM))
	s.bell.Ring()
	if err := <-r.done; err != nil {
		r.t.Error(err)
	}
}

// rows reads the event log.
func (r *rig) rows() [][]string {
	r.t.Helper()
	b, err := os.ReadFile(filepath.Join(r.dir, "log"))
	if err != nil {
		r.t.Fatal(err)
	}
	var rows [][]string
	for line := range strings.Lines(string(b)) {
		rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
	}
	return rows
}

// sender is a client's socket.
type sender struct {
	fd  int
	f   vlp.Frame
	buf []byte
}

func newSender(t testing.TB, path string) *sender {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatal(err)
	}
	return &sender{fd: fd, f: vlp.Frame{PID: uint32(os.Getpid())}, buf: make([]byte, 0, vlp.Size)}
}

// beat sends the next beat and waits for room if there is none.
func (s *sender) beat(t testing.TB) {
	s.f.Nonce++
	s.f.Timestamp++
	if _, err := unix.Write(s.fd, vlp.Append(s.buf[:0], &s.f)); err != nil {
		t.Fatal(err)
	}
}

// openPTY makes a pseudo-terminal; see pty(7).
func openPTY(t testing.TB) (master int, slave string) {
	t.Helper()
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	return master, fmt.Sprintf("/dev/pts/%d", n)
}

// eventually waits for a condition that another process or goroutine brings
// about; it fails loudly, it does not make anything right by waiting.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if ok() {
			return
		}
		unix.Select(0, nil, nil, nil, &unix.Timeval{Usec: 1000})
	}
	t.Fatal("did not happen: " + what)
}

// countKinds tells how many rows of each kind there are.
func countKinds(rows [][]string) map[string]int {
	n := map[string]int{}
	for _, r := range rows {
		n[r[1]]++
	}
	return n
}

func readLog(dir string) string {
	b, _ := os.ReadFile(filepath.Join(dir, "log"))
	return string(b)
}

func containsUp(dir string) bool { return strings.Contains(readLog(dir), "\tup\topened\n") }
