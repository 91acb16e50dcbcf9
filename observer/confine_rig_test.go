package observer

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Somebody who is nobody on any machine.
const (
	otherUID = 64242
	otherGID = 64243
	other    = "64242:64243"
)

// shippedOnce is vlpd as it is shipped. The test binary is linked with cgo, where
// the runtime cannot make a system call on all threads.
var shippedOnce = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("/tmp", "vlpd-shipped-")
	if err != nil {
		return "", err
	}
	shippedDir = dir
	os.Chmod(dir, 0o755)
	c := exec.Command("go", "build", "-buildvcs=false", "-o", dir+"/vlpd", "vlpd")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := c.CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return dir + "/vlpd", err
})

// shippedDir is what TestMain removes.
var shippedDir string

func shipped(t *testing.T) string {
	t.Helper()
	switch {
	case os.Getuid() != 0:
		t.Skip("only root can become another user")
	case testing.Short():
		t.Skip("builds the program; test/vm/privileges runs it on ARM")
	}
	path, err := shippedOnce()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// confined is the shipped program, with a folder of the other user.
type confined struct{ *child }

// prepareConfined makes the program's folder; "DIR" in argv is that.
func prepareConfined(t *testing.T, argv ...string) *confined {
	t.Helper()
	program := shipped(t)
	dir, err := os.MkdirTemp("/tmp", "vlpd-confined-") // every user comes there, not so with t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, otherUID, otherGID); err != nil {
		t.Fatal(err)
	}
	os.Chmod(dir, 0o755)
	for i := range argv {
		argv[i] = strings.ReplaceAll(argv[i], "DIR", dir)
	}
	c := &confined{&child{Cmd: exec.Command(program, argv...), dir: dir}}
	c.Dir = dir
	return c
}

// launch starts it and waits until it is ready.
func (c *confined) launch(t *testing.T) {
	t.Helper()
	f, err := os.Create(filepath.Join(c.dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c.Stderr = f
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(c.said())
		}
		c.Process.Kill()
		c.Wait()
	})
	eventually(t, "ready", func() bool { return strings.Contains(c.said(), `"ready`) || c.gone() })
	if c.gone() {
		t.Fatal(c.said())
	}
}

// gone reports whether it has ended, reaped or not.
func (c *confined) gone() bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(c.Process.Pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z")
}

// refuses runs it to its end, which must come at start, with words.
func (c *confined) refuses(t *testing.T, code int, words ...string) {
	t.Helper()
	c.Args = append(c.Args, "--shutdown-after-secs", "0")
	out, _ := c.CombinedOutput()
	if c.ProcessState.ExitCode() != code {
		t.Errorf("%v: exit code %d, want %d: %s", c.Args, c.ProcessState.ExitCode(), code, out)
	}
	for _, w := range words {
		if !strings.Contains(string(out), w) {
			t.Errorf("%v: want %q in %s", c.Args, w, out)
		}
	}
}

// threads gives the fields of /proc/PID/task/*/status that say what is left, of
// every thread, and how many there are.
func (c *confined) threads(t *testing.T) (fields map[string]map[string]bool, n int) {
	t.Helper()
	fields = map[string]map[string]bool{}
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(c.Process.Pid) + "/task/*/status")
	if err != nil || len(tasks) == 0 {
		t.Fatal("no threads", err)
	}
	for _, path := range tasks {
		text, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		n++
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			if fields[name] == nil {
				fields[name] = map[string]bool{}
			}
			fields[name][strings.Join(strings.Fields(value), " ")] = true
		}
	}
	return fields, n
}

// holds checks that all threads say the same.
func (c *confined) holds(t *testing.T, want map[string]string) {
	t.Helper()
	fields, n := c.threads(t)
	for name, value := range want {
		if len(fields[name]) != 1 || !fields[name][value] {
			t.Errorf("%d threads, %s: %v, want %s", n, name, fields[name], value)
		}
	}
}

func number16(caps ...int) string {
	n := uint64(0)
	for _, c := range caps {
		n |= 1 << c
	}
	s := strconv.FormatUint(n, 16)
	return "0000000000000000"[len(s):] + s
}

func nothingLeft() map[string]string {
	ids, gids := strings.Repeat(" 64242", 4)[1:], strings.Repeat(" 64243", 4)[1:]
	return map[string]string{"Uid": ids, "Gid": gids, "Groups": "", "CapInh": number16(), "CapPrm": number16(), "CapEff": number16(),
		"CapBnd": number16(), "CapAmb": number16(), "NoNewPrivs": "1", "Seccomp": "2"}
}

// giveLine makes a pty that belongs to the other user.
func giveLine(t *testing.T, link string) (master int) {
	t.Helper()
	master, slave := openPTY(t)
	if err := os.Chown(slave, otherUID, -1); err != nil {
		t.Fatal(err)
	}
	os.Remove(link)
	if err := os.Symlink(slave, link); err != nil {
		t.Fatal(err)
	}
	return master
}

func (c *confined) hangup(t *testing.T) {
	t.Helper()
	if err := c.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
}

func ownerOf(t *testing.T, path string) int {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return int(st.Uid)
}
