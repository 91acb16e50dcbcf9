package trust

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// apart starts a child in new namespaces; who is not root needs a user
// namespace for that, which some machines forbid.
func apart(flags uintptr) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Cloneflags: flags}
	if os.Getuid() != 0 {
		attr.Cloneflags |= unix.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	return attr
}

// A process in a pid namespace of its own, as in a container of this machine.
func TestRealForeignNamespace(t *testing.T) {
	needPidfd(t)
	c := start(t, "read x", apart(unix.CLONE_NEWPID))
	strict := newMachine(t, Config{})
	strict.beats(c.pid(), Foreign)
	strict.beats(c.pid(), Foreign)
	allow := newMachine(t, Config{AllowCrossNamespace: true})
	allow.beats(c.pid(), First)
	allow.beats(c.pid(), Known)
	if who, standing := allow.Same(0, uint32(c.pid())); who != StillRunning || standing != CrossNamespace {
		t.Errorf("%d, standing %d; want StillRunning, CrossNamespace", who, standing)
	}
	if n := strict.counts; n.looks != 1 {
		t.Errorf("%d looks at who is refused, want one", n.looks)
	}
	c.Process.Kill()
	strict.wait(1)
	allow.wait(1)
	if strict.lists[vacant].n != 1 || strict.Open() != 0 {
		t.Error("the refusal outlives its process")
	}
}

// In a pid namespace whose /proc is still that of the outer one, the numbers
// there are those of others: nothing of it is believed.
func TestRealForeignProc(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		inChild(t, apart(unix.CLONE_NEWPID))
		return
	}
	m := newMachine(t, Config{})
	if err := m.News(); err == nil || !strings.Contains(err.Error(), "pid namespaces of senders are not compared: /proc is of another pid namespace: there we are ") {
		t.Errorf("news: %v", err)
	}
	c := start(t, "read x", nil)
	m.beats(c.pid(), First)
	if who, standing := m.Same(0, uint32(c.pid())); who != StillRunning || standing != NoNamespace {
		t.Errorf("%d, standing %d; want StillRunning, NoNamespace", who, standing)
	}
	c.reap()
	m.wait(1)
}

// Pids that are given out again, as can be had by force in a pid namespace of
// our own only.
func TestRealRecycledPID(t *testing.T) {
	if os.Getenv(childEnv) == "" {
		inChild(t, apart(unix.CLONE_NEWPID|unix.CLONE_NEWNS))
		return
	}
	needPidfd(t)
	for _, err := range []error{
		unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""),
		unix.Mount("proc", "/proc", "proc", 0, ""),
	} {
		if err != nil {
			t.Skipf("LOUD SKIP: no /proc of our own: mount: %v", err)
		}
	}
	t.Run("exit seen", recycledAfterExit)
	t.Run("exit not yet seen", recycledBeforeExit)
	t.Run("without pidfds", recycledBlind)
}

func recycledAfterExit(t *testing.T) {
	m := newMachine(t, Config{})
	c := start(t, "read x", nil)
	m.beats(c.pid(), First)
	heir := recycle(t, m, c)
	m.wait(1)
	m.same(c.pid(), Recycled)
	m.beats(c.pid(), Another)
	m.beats(c.pid(), Known)
	m.same(c.pid(), StillRunning)
	heir.Process.Kill()
	m.wait(1)
	m.same(c.pid(), Exited)
}

func recycledBeforeExit(t *testing.T) {
	m := newMachine(t, Config{})
	c := start(t, "read x", nil)
	m.beats(c.pid(), First)
	recycle(t, m, c)
	m.same(c.pid(), Recycled)
	m.beats(c.pid(), Known) // it cannot be told from a last beat yet
	m.wait(1)
	m.beats(c.pid(), Another)
}

func recycledBlind(t *testing.T) {
	m := newMachine(t, Config{Descriptors: -1})
	c := start(t, "read x", nil)
	m.beats(c.pid(), First)
	recycle(t, m, c)
	m.same(c.pid(), Recycled)
	m.beats(c.pid(), Known)
	m.Turn()
	if got := m.Judge(m.clock()+recheckNS, 0, uint32(c.pid()), true); got != Another {
		t.Errorf("a second later: ruling %d, want Another", got)
	}
	m.same(c.pid(), StillRunning)
}

// recycle ends c and starts another process with its pid. Threads of this
// program take pids too, so it may need some tries.
func recycle(t *testing.T, m *machine, c *child) *child {
	t.Helper()
	born, _ := m.k.stat(uint32(c.pid()))
	c.reap()
	eventually(t, "the clock's next tick", func() bool { return uint64(m.k.bootNS()/tickNS) > born.start+1 })
	for range 100 {
		if err := os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(c.pid()-1)), 0); err != nil {
			t.Skipf("LOUD SKIP: pids cannot be chosen here: %v", err)
		}
		heir := start(t, "read x", nil)
		if heir.pid() == c.pid() {
			return heir
		}
		heir.reap()
	}
	t.Skip("LOUD SKIP: the pid was not given out again")
	return nil
}
