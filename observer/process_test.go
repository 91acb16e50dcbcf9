package observer

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// child is vlpd as a process of its own.
type child struct {
	*exec.Cmd
	dir string
}

// startChild starts vlpd and waits until it says that it is ready.
func startChild(t *testing.T, argv ...string) *child {
	t.Helper()
	return startChildOn(t, nil, argv...)
}

// startChildOn is startChild with a stdout.
func startChildOn(t *testing.T, stdout *os.File, argv ...string) *child {
	t.Helper()
	c := &child{dir: t.TempDir()}
	for i := range argv {
		argv[i] = strings.ReplaceAll(argv[i], "DIR", c.dir)
	}
	ready := filepath.Join(c.dir, "stderr")
	f, err := os.Create(ready)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c.Cmd = exec.Command(os.Args[0], argv...)
	c.Env = append(os.Environ(), "VLPD_TEST_RUN=1")
	c.Stderr = f
	if stdout != nil {
		c.Stdout = stdout
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	eventually(t, "ready", func() bool { return strings.Contains(c.said(), `"ready`) })
	return c
}

func (c *child) said() string {
	b, _ := os.ReadFile(filepath.Join(c.dir, "stderr"))
	return string(b)
}

// end sends a signal and returns the exit code.
func (c *child) end(t *testing.T, sig syscall.Signal) int {
	t.Helper()
	if err := c.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	return c.ProcessState.ExitCode()
}

func (c *child) log() string {
	b, _ := os.ReadFile(filepath.Join(c.dir, "log"))
	return string(b)
}

// TestStopWritesEverything: what was sent before the signal is in the log, the
// socket is gone, the exit code is 0.
func TestStopWritesEverything(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log")
		s := newSender(t, c.dir+"/s")
		for range 500 {
			s.beat(t)
		}
		if code := c.end(t, sig); code != 0 {
			t.Errorf("%v: exit code %d, %s", sig, code, c.said())
		}
		if n := strings.Count(c.log(), "\tbeat\t"); n != 500 {
			t.Errorf("%v: %d of 500 beats in the log", sig, n)
		}
		name := map[syscall.Signal]string{syscall.SIGTERM: "SIGTERM", syscall.SIGINT: "SIGINT"}[sig]
		if !strings.HasSuffix(c.log(), "\t-\t-\t"+name+"\n") {
			t.Errorf("the log ends %q", c.log()[max(0, len(c.log())-100):])
		}
		if _, err := os.Lstat(c.dir + "/s"); err == nil {
			t.Error("the socket is still there")
		}
	}
}

// TestHangupReopensLog: logrotate's users rename the file and send SIGHUP.
func TestHangupReopensLog(t *testing.T) {
	c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log")
	s := newSender(t, c.dir+"/s")
	s.beat(t)
	eventually(t, "first row", func() bool { return strings.Contains(c.log(), "\tbeat\t") })
	if err := os.Rename(c.dir+"/log", c.dir+"/log.old"); err != nil {
		t.Fatal(err)
	}
	c.Process.Signal(syscall.SIGHUP)
	eventually(t, "a new file", func() bool { return strings.Contains(c.log(), "\tstart\t") })
	s.beat(t)
	eventually(t, "second row", func() bool { return strings.Contains(c.log(), "\tbeat\t") })
	if code := c.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestPauseIsNotSilence: agents whose beats waited, or found no room, while the
// observer was stopped have not stalled (the original: 3 of 3 did).
func TestPauseIsNotSilence(t *testing.T) {
	c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "500", "--export-file", "DIR/log")
	s := newSender(t, c.dir+"/s")
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
				s.beat(t)
			}
		}
	}()
	beats := func() int { return strings.Count(c.log(), "\tbeat\t") }
	eventually(t, "some beats", func() bool { return beats() >= 5 })
	c.Process.Signal(syscall.SIGSTOP)
	pause := time.NewTimer(1500 * time.Millisecond)
	<-pause.C
	before := beats()
	c.Process.Signal(syscall.SIGCONT)
	eventually(t, "beats after the pause", func() bool { return beats() > before+15 })
	close(stop)
	<-done
	if strings.Contains(c.log(), "\tstall\t") {
		t.Errorf("a healthy agent stalled:\n%s", c.log())
	}
	// It still notices a real silence.
	eventually(t, "a stall", func() bool { return strings.Contains(c.log(), "\tstall\t") })
}

// TestKilledAndStartedAgain: SIGKILL leaves a socket and perhaps half a row;
// the next start removes the one and cuts the other.
func TestKilledAndStartedAgain(t *testing.T) {
	c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log")
	s := newSender(t, c.dir+"/s")
	s.beat(t)
	eventually(t, "a row", func() bool { return strings.Contains(c.log(), "\tbeat\t") })
	c.end(t, syscall.SIGKILL)
	f, err := os.OpenFile(c.dir+"/log", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("123456\tbeat\t77")
	f.Close()
	again := exec.Command(os.Args[0], "--socket", c.dir+"/s", "--threshold-ms", "1000", "--export-file", c.dir+"/log", "--shutdown-after-secs", "0")
	again.Env = append(os.Environ(), "VLPD_TEST_RUN=1")
	out, err := again.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(c.log()) {
		if strings.Count(line, "\t") != 5 || !strings.HasSuffix(line, "\n") {
			t.Errorf("torn or glued row %q", line)
		}
	}
	if !strings.HasSuffix(c.log(), "\tafter-secs\n") {
		t.Errorf("the log ends %q", c.log())
	}
}

// TestLinkedLog: what a rotation makes of a symbolic link is said before, unless
// there is nothing to rotate behind it.
func TestLinkedLog(t *testing.T) {
	dir := t.TempDir()
	for name, target := range map[string]string{"link": "elsewhere", "device": os.DevNull} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]bool{"link": true, "elsewhere": false, "device": false} {
		c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "1000", "--export-file", filepath.Join(dir, name))
		if said := strings.Contains(c.said(), "is a symbolic link to "); said != want {
			t.Errorf("%s: said %s", name, c.said())
		}
		c.end(t, syscall.SIGTERM)
	}
}
