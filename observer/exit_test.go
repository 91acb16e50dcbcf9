package observer

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/sink"
	"vlpd/vlp"
)

// beatOn sends a device's first beat over a line.
func beatOn(t *testing.T, master int, id uint32) {
	t.Helper()
	if _, err := unix.Write(master, vlp.Append(nil, &vlp.Frame{PID: id, Nonce: 1})); err != nil {
		t.Fatal(err)
	}
}

// TestLastBeats: processes that beat and are gone in the same moment have their
// beat counted and their end told, each of them, and nobody dies of it (the
// original refuses one in eighteen, and with its log on ends itself).
func TestLastBeats(t *testing.T) {
	const agents = 60
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log")
	r.start()
	for range agents {
		c := exec.Command(os.Args[0], "beat", "--pid", "self", "--socket", r.dir+"/s")
		c.Env = append(os.Environ(), "VLPD_TEST_RUN=1")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	eventually(t, "all ends told", func() bool { return countKinds(r.rows())["exit"] == agents })
	r.stop()
	if n := countKinds(r.rows()); n["beat"] != agents || n["exit"] != agents || n["mismatch"] != 0 {
		t.Errorf("rows: %v, want %d beats and as many exits", n, agents)
	}
}

// TestCrashIsNoUsage: a process that its runtime ends, as systemd's watchdog has
// it end, dies by SIGABRT: code 2 is a wrong flag, for which nobody starts it
// again.
func TestCrashIsNoUsage(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGABRT, syscall.SIGQUIT, syscall.SIGSEGV} {
		c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "1000")
		c.end(t, sig)
		if got := c.ProcessState.Sys().(syscall.WaitStatus); !got.Signaled() || got.Signal() != syscall.SIGABRT {
			t.Errorf("%v: %v, want SIGABRT", sig, c.ProcessState)
		}
	}
}

// TestUsageNamesUs: who replaced the original has no vlpd to ask for help.
func TestUsageNamesUs(t *testing.T) {
	c := exec.Command(os.Args[0], "--no-such-flag")
	c.Args[0] = "/usr/local/bin/varta-watch"
	c.Env = append(os.Environ(), "VLPD_TEST_RUN=1")
	out, _ := c.CombinedOutput()
	if want := `"varta-watch --help lists the flags"`; !strings.Contains(string(out), want) {
		t.Errorf("not said %s: %s", want, out)
	}
}
