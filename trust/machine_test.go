package trust

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/platform"
)

const childEnv = "VLPD_TRUST_CHILD"

// childCommand prepares this test, alone and in a process of its own: there
// os.Getenv(childEnv) is arg.
func childCommand(t *testing.T, arg string, attr *syscall.SysProcAttr) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+arg)
	cmd.Dir = "/"
	cmd.SysProcAttr = attr
	return cmd
}

// inChild runs the test in a child and fails or skips as the child did.
func inChild(t *testing.T, attr *syscall.SysProcAttr) {
	t.Helper()
	out, err := childCommand(t, "1", attr).CombinedOutput()
	skipIfNoExec(t, err)
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	if strings.Contains(string(out), "SKIP") {
		t.Skipf("child:\n%s", out)
	}
	if testing.Verbose() {
		t.Logf("child:\n%s", out)
	}
}

// skipIfNoExec skips where a container withholds namespaces or an emulator
// cannot start itself.
func skipIfNoExec(t *testing.T, err error) {
	t.Helper()
	for _, e := range []error{unix.EPERM, unix.ENOEXEC, unix.EINVAL} {
		if errors.Is(err, e) {
			t.Skipf("LOUD SKIP: this host cannot start such a child: %v", err)
		}
	}
}

// machine is a table on the real kernel, with the poller of a loop.
type machine struct {
	*Processes
	t      *testing.T
	poller *platform.Poller
	clock  func() int64
}

const token = 9 << 32

func newMachine(t *testing.T, c Config) *machine {
	t.Helper()
	clock, err := platform.NewClock(unix.CLOCK_MONOTONIC)
	if err != nil {
		t.Fatal(err)
	}
	c.Now = clock.Reader()
	if c.Capacity == 0 {
		c.Capacity = 64
	}
	if c.Descriptors == 0 {
		c.Descriptors = 1000
	}
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{Processes: p, t: t, clock: c.Now}
	if m.poller, err = platform.NewPoller(); err != nil {
		t.Fatal(err)
	}
	if err := p.Attach(m.poller, token); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(); m.poller.Close() })
	return m
}

// needPidfd skips where the kernel has none.
func needPidfd(t *testing.T) {
	t.Helper()
	fd, e := platform.OpenPidfd(uint32(os.Getpid()))
	if e != 0 {
		t.Skipf("LOUD SKIP: no pidfd_open here: %v", e)
	}
	unix.Close(int(fd))
}

func (m *machine) beats(pid int, want Ruling) {
	m.t.Helper()
	m.Turn()
	if i, ok := m.find(0, uint32(pid)); ok && want == Known && m.procs[i].state == watched {
		want = Pinned
	}
	if got := m.Judge(m.clock(), 0, uint32(pid), true); got != want {
		m.t.Fatalf("beat of %d: ruling %d, want %d; %+v, news %v", pid, got, want, m.counts, m.News())
	}
}

func (m *machine) same(pid int, want Identity) {
	m.t.Helper()
	if got, _ := m.Same(0, uint32(pid)); got != want {
		m.t.Fatalf("Same of %d: %d, want %d", pid, got, want)
	}
}

// wait parks on the poller, as the loop does, until n exits were told.
func (m *machine) wait(n int) map[int]int {
	m.t.Helper()
	told, out := map[int]int{}, make([]Exit, 0, 16)
	deadline, err := platform.NewTimer(unix.CLOCK_MONOTONIC)
	if err != nil {
		m.t.Fatal(err)
	}
	defer deadline.Close()
	var now unix.Timespec
	unix.ClockGettime(unix.CLOCK_MONOTONIC, &now)
	deadline.Set(now.Nano() + int64(20*time.Second))
	if err := m.poller.Add(deadline.FD(), unix.EPOLLIN, 0); err != nil {
		m.t.Fatal(err)
	}
	err = m.poller.Run(func() (idle, done bool) {
		ready, more := m.poller.Poll()
		for i := range ready {
			if at, _ := m.poller.Event(i); at != token {
				return false, true // too late
			}
			m.Wake()
		}
		if m.Gather() {
			var again bool
			out, again = m.Exited(out[:0])
			more = more || again
		}
		for _, e := range out {
			told[int(e.PID)]++
			n--
		}
		out = out[:0]
		return !more, n <= 0
	})
	if n > 0 || err != nil {
		m.t.Fatalf("%d exits were not told; %v; %+v", n, err, m.counts)
	}
	return told
}

// child is a process that does nothing until it is told to or killed.
type child struct {
	*exec.Cmd
	t  *testing.T
	in io.WriteCloser
}

// start runs a shell script; stdin is a pipe to wait on.
func start(t *testing.T, script string, attr *syscall.SysProcAttr) *child {
	t.Helper()
	c := &child{Cmd: exec.Command("/bin/sh", "-c", script), t: t}
	c.SysProcAttr = attr
	var err error
	if c.in, err = c.StdinPipe(); err == nil {
		err = c.Start()
	}
	skipIfNoExec(t, err)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	return c
}

func (c *child) pid() int { return c.Process.Pid }

// reap ends the child and takes it out of the process table.
func (c *child) reap() {
	c.Process.Kill()
	c.Wait()
}

// eventually waits for what another process brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); {
		if ok() {
			return
		}
		unix.Select(0, nil, nil, nil, &unix.Timeval{Usec: 1000})
	}
	t.Fatal("did not happen: " + what)
}
