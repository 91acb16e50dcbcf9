package trust

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// init lets the test binary be a process whose first thread has ended: while
// packages are initialised, the main goroutine runs on that thread. The process
// ends when its stdin does.
func init() {
	if os.Getenv(childEnv) != "leader" {
		return
	}
	go func() {
		os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	unix.Syscall(unix.SYS_EXIT, 0, 0, 0) // of the thread; exit_group(2) ends processes
}

// A main thread that ends before others is a zombie, and its process lives.
func TestRealThreadsOutliveTheFirst(t *testing.T) {
	needPidfd(t)
	for _, descriptors := range []int{1000, -1} {
		m := newMachine(t, Config{Descriptors: descriptors})
		cmd := childCommand(t, "leader", nil)
		in, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		skipIfNoExec(t, err)
		if err != nil {
			t.Fatal(err)
		}
		pid := cmd.Process.Pid
		eventually(t, "the first thread's end", func() bool {
			text, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
			return strings.Contains(string(text), ") Z ")
		})
		m.beats(pid, First)
		m.same(pid, StillRunning)
		if n, _ := m.poller.Poll(); n != 0 {
			t.Error("the set is ready, though threads run")
		}
		m.beats(pid, Known)
		if _, standing := m.Same(0, uint32(pid)); standing != Attested {
			t.Errorf("standing %d, want Attested", standing)
		}
		in.Close()
		cmd.Wait()
		if m.same(pid, Exited); m.wait(1)[pid] != 1 {
			t.Error("the exit is not told")
		}
	}
}
