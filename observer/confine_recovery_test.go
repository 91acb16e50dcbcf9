package observer

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// silentAgent beats once, as root, and stays.
func silentAgent(t *testing.T, c *confined) *exec.Cmd {
	t.Helper()
	a := exec.Command(c.Path, "beat", "--socket", c.dir+"/s", "--interval", "1000s")
	if err := a.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Process.Kill(); a.Wait() })
	return a
}

func writeScript(t *testing.T, c *confined, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, "script"), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func (c *confined) file(name string) string {
	text, _ := os.ReadFile(filepath.Join(c.dir, name))
	return string(text)
}

const tellRights = `grep -E '^(Uid|Groups|Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\t ' ' ' >rights.new
mv rights.new rights
`

// TestRecoveryCaps: the command has the capabilities that were asked for, in
// effect, and the observer has them not: a user's command kills a root's agent.
func TestRecoveryCaps(t *testing.T) {
	kill := number16(unix.CAP_KILL)
	for caps, want := range map[string]struct {
		rights string
		dies   bool
	}{
		"kill": {"CapPrm: " + kill + "\nCapEff: " + kill + "\nCapBnd: " + kill + "\nCapAmb: " + kill + "\nNoNewPrivs: 1\nSeccomp: 2\n", true},
		"none": {"CapPrm: " + number16() + "\nCapEff: " + number16() + "\nCapBnd: " + number16() + "\nCapAmb: " + number16() + "\nNoNewPrivs: 1\nSeccomp: 2\n", false},
	} {
		c := prepareConfined(t, "--user", other, "--socket", "DIR/s", "--threshold-ms", "200", "--recovery-exec", "DIR/script {pid}",
			"--recovery-caps", caps, "--recovery-audit-file", "DIR/audit", "--recovery-capture-stdio", "--recovery-debounce-ms", "60000")
		writeScript(t, c, tellRights+"kill -KILL $1\n")
		c.launch(t)
		c.holds(t, map[string]string{"CapEff": number16(), "CapInh": number16(), "CapAmb": number16(), "NoNewPrivs": "1", "Seccomp": "2",
			"CapPrm": strings.Split(strings.Split(want.rights, "\n")[0], " ")[1]})
		agent := silentAgent(t, c)
		eventually(t, "the command's end", func() bool { return strings.Contains(c.file("audit"), "\tcomplete\t") })
		if got := c.file("rights"); !strings.HasSuffix(got, want.rights) || !strings.HasPrefix(got, "Uid: 64242 64242 64242 64242\nGroups:") {
			t.Errorf("%s: the command had\n%swant\n%s", caps, got, want.rights)
		}
		zombie := &confined{&child{Cmd: agent}}
		if want.dies {
			eventually(t, "the agent's end", zombie.gone)
		} else if zombie.gone() {
			t.Errorf("%s: the agent was killed; audit %s", caps, c.file("audit"))
		}
		if code := c.end(t, syscall.SIGTERM); code != 0 {
			t.Errorf("%s: exit code %d", caps, code)
		}
	}
}

// TestSetuidHelper: without --recovery-caps a setuid program is what it was, with
// it an ordinary one; the calls that nobody needs are refused in both.
func TestSetuidHelper(t *testing.T) {
	for _, caps := range []string{"", "none"} {
		c := prepareConfined(t, "--user", other, "--socket", "DIR/s", "--threshold-ms", "200", "--recovery-exec", "DIR/script {pid}",
			"--recovery-audit-file", "DIR/audit", "--recovery-debounce-ms", "60000")
		if caps != "" {
			c.Args = append(c.Args, "--recovery-caps", caps)
		}
		id, err := os.ReadFile("/usr/bin/id")
		if err != nil {
			t.Skip("no /usr/bin/id")
		}
		if err := os.WriteFile(c.dir+"/id", id, 0o755); err != nil {
			t.Fatal(err)
		}
		os.Chmod(c.dir+"/id", 0o755|os.ModeSetuid)
		writeScript(t, c, "./id -u >id.out\n"+tellRights)
		c.launch(t)
		silentAgent(t, c)
		eventually(t, "the command's end", func() bool { return strings.Contains(c.file("audit"), "\tcomplete\t") })
		want := map[string]string{"": "0\n", "none": strconv.Itoa(otherUID) + "\n"}[caps]
		if got := c.file("id.out"); got != want {
			t.Errorf("--recovery-caps %q: a setuid program is uid %q, want %q", caps, got, want)
		}
		if got := c.file("rights"); !strings.Contains(got, "Seccomp: 2") || !strings.Contains(got, "CapPrm: "+number16()) {
			t.Errorf("--recovery-caps %q: %s", caps, got)
		}
		c.end(t, syscall.SIGTERM)
	}
}

// TestSerialOpenAsRoot: a node that stays root's, as where nothing but devtmpfs
// makes nodes, is opened with the flag, also after it was away; without it that is
// said, and what to do.
func TestSerialOpenAsRoot(t *testing.T) {
	for _, asRoot := range []bool{true, false} {
		c := prepareConfined(t, "--user", other, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log", "--serial", "a=DIR/tty")
		left := 0
		if asRoot {
			c.Args = append(c.Args, "--serial-open-as-root")
			left = 1 << unix.CAP_DAC_OVERRIDE
		}
		rootsLine := func() int {
			master := giveLine(t, c.dir+"/tty")
			slave, _ := os.Readlink(c.dir + "/tty")
			os.Chown(slave, 0, 0)
			os.Chmod(slave, 0o600)
			return master
		}
		master := rootsLine()
		c.launch(t)
		if !asRoot {
			eventually(t, "EACCES", func() bool { return c.has("a\t-\tdown\tEACCES") })
			eventually(t, "advice", func() bool { return strings.Contains(c.said(), "--serial-open-as-root") })
		} else {
			eventually(t, "the line", func() bool { return c.has("a\t-\tup\topened") })
			unix.Close(master)
			master = rootsLine()
			eventually(t, "the line again", func() bool { return c.count("a\t-\tup\t") == 2 })
		}
		unix.Close(master)
		want := nothingLeft()
		want["CapPrm"] = "000000000000000" + strconv.Itoa(left)
		want["CapBnd"] = want["CapPrm"]
		c.holds(t, want)
		if code := c.end(t, syscall.SIGTERM); code != 0 {
			t.Errorf("exit code %d", code)
		}
	}
}

// TestSandboxAlone: without another user, as root; and off is off.
func TestSandboxAlone(t *testing.T) {
	c := prepareConfined(t, "--sandbox", "auto", "--socket", "DIR/s", "--threshold-ms", "60000")
	c.launch(t)
	c.holds(t, map[string]string{"NoNewPrivs": "1", "Seccomp": "2", "Uid": "0 0 0 0"})
	c.end(t, syscall.SIGTERM)
	c = prepareConfined(t, "--sandbox", "off", "--user", other, "--socket", "DIR/s", "--threshold-ms", "60000")
	c.launch(t)
	want := nothingLeft()
	want["Seccomp"] = "0"
	c.holds(t, want)
	if !strings.Contains(c.said(), "no sandbox") {
		t.Error(c.said())
	}
	c = prepareConfined(t, "--socket", "DIR/s", "--threshold-ms", "60000")
	c.launch(t)
	c.holds(t, map[string]string{"NoNewPrivs": "0", "Seccomp": "0"})
}
