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

// TestConfinedLife: nothing is left to any thread, late ones included, and all
// that an observer does goes on: beats, rotation, SIGHUP, lines that come back,
// keys that are read again, scrapes, and a stop that leaves nothing behind.
func TestConfinedLife(t *testing.T) {
	c := prepareConfined(t, "--user", other, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log",
		"--export-file-max-bytes", "2000", "--serial", "rs485=DIR/tty", "--heartbeat-file", "DIR/alive",
		"--prom-addr", "127.0.0.1:0", "--prom-token-file", "DIR/token", "--serial", "sealed=DIR/tty2,key-file=DIR/key", "--self-watchdog-secs", "5")
	for _, name := range []string{"key", "token"} {
		writeFor(t, c.dir+"/"+name, otherUID)
	}
	master := giveLine(t, c.dir+"/tty")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Groups: []uint32{0, 7}}} // of root's, not to stay
	c.launch(t)
	c.holds(t, nothingLeft())
	s := newSender(t, c.dir+"/s")
	for range 100 {
		s.beat(t)
	}
	eventually(t, "a generation", func() bool { _, err := os.Stat(c.dir + "/log.1"); return err == nil })
	eventually(t, "the line", func() bool { return c.has("rs485\t-\tup\topened") })
	unix.Close(master)
	eventually(t, "the line's end", func() bool { return c.has("rs485\t-\tdown") })
	defer unix.Close(giveLine(t, c.dir+"/tty"))
	eventually(t, "the line again", func() bool { return c.count("rs485\t-\tup\t") == 2 })
	os.Rename(c.dir+"/log", c.dir+"/moved")
	c.hangup(t)
	eventually(t, "a new log", func() bool { return strings.Contains(c.log(), "\tstart\t") })
	eventually(t, "keys read again", func() bool { return strings.Contains(c.said(), "the keys of line sealed were read again") })
	if ownerOf(t, c.dir+"/log") != otherUID || ownerOf(t, c.dir+"/alive") != otherUID || ownerOf(t, c.dir+"/s") != otherUID {
		t.Error("files of another owner")
	}
	c.Process.Signal(syscall.SIGUSR1)
	eventually(t, "state", func() bool { return strings.Contains(c.said(), "state: user uid 64242, gid 64243, sandbox: seccomp, ") })
	c.holds(t, nothingLeft())
	if code := c.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if !strings.HasSuffix(c.log(), "SIGTERM\n") {
		t.Errorf("the log ends %q", c.log()[max(0, len(c.log())-100):])
	}
	if _, err := os.Lstat(c.dir + "/s"); err == nil {
		t.Error("the socket is still there")
	}
}

// has and count look for a row in all generations.
func (c *confined) has(part string) bool { return c.count(part) > 0 }

func (c *confined) count(part string) (n int) {
	names, _ := filepath.Glob(c.dir + "/log*")
	for _, name := range append(names, c.dir+"/moved") {
		text, _ := os.ReadFile(name)
		n += strings.Count(string(text), part)
	}
	return n
}

// writeFor makes a file of 64 hex digits that is uid's alone.
func writeFor(t *testing.T, path string, uid int) {
	t.Helper()
	if err := os.WriteFile(path, []byte(strings.Repeat("5a", 32)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, uid, 0); err != nil {
		t.Fatal(err)
	}
}

// TestConfinedAgents: root's agents and the user's own are taken, others are not.
func TestConfinedAgents(t *testing.T) {
	c := prepareConfined(t, "--user", other, "--socket", "DIR/s", "--socket-mode", "666", "--threshold-ms", "60000", "--export-file", "DIR/log")
	c.launch(t)
	for _, a := range []struct {
		uid  uint32
		want string
	}{{0, "\tbeat\t"}, {otherUID, "\tbeat\t"}, {otherUID + 1, "\tio\t-\t-\t-\tpeer credential UID mismatch"}} {
		before := c.count(a.want)
		b := exec.Command(c.Path, "beat", "--socket", c.dir+"/s", "--pid", "self")
		b.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: otherGID}}
		if out, err := b.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		eventually(t, "uid "+strconv.Itoa(int(a.uid)), func() bool { return c.count(a.want) == before+1 })
	}
	// In the name of the script that calls it, which only root can.
	sh := exec.Command("/bin/sh", "-c", c.Path+" beat --socket "+c.dir+"/s; read x")
	in, err := sh.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := sh.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the script's beat", func() bool { return c.has("\tbeat\t" + strconv.Itoa(sh.Process.Pid) + "\t") })
	in.Close()
	sh.Wait()
	eventually(t, "the script's end", func() bool { return strings.Contains(c.said(), "agent "+strconv.Itoa(sh.Process.Pid)+" has ended") })
	if n := strings.Count(c.said(), "\"warn\""); n > 1 { // the mismatch, or nothing
		t.Errorf("warnings: %s", c.said())
	}
}

// TestStaleSocketOfTheUser: what a kill has left is removed by the next start,
// which is root's.
func TestStaleSocketOfTheUser(t *testing.T) {
	c := prepareConfined(t, "--user", other, "--socket", "DIR/s", "--threshold-ms", "60000")
	c.launch(t)
	c.end(t, syscall.SIGKILL)
	if ownerOf(t, c.dir+"/s") != otherUID {
		t.Fatal("not the user's")
	}
	again := &confined{&child{Cmd: exec.Command(c.Path, c.Args[1:]...), dir: c.dir}}
	again.launch(t)
	if code := again.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// TestConfinedRefusals: what cannot work is said at start, in words that help.
func TestConfinedRefusals(t *testing.T) {
	base := []string{"--socket", "DIR/s", "--threshold-ms", "1000"}
	for _, r := range []struct {
		argv  string
		code  int
		words []string
	}{
		{"--user nobodyhere", 1, []string{`--user nobodyhere: no user \"nobodyhere\" in /etc/passwd`}},
		{"--user root", 1, []string{"--user root: that is root (uid 0)"}},
		{"--user 64242", 1, []string{"so its group must be said: 64242:GID"}},
		{"--user :x", 2, []string{"expected NAME, NAME:GROUP or UID:GID"}},
		{"--user 1:1 --recovery-exec x --recovery-caps kil", 2, []string{"unknown capability"}},
		{"--recovery-exec x --recovery-caps kill", 2, []string{"--recovery-caps requires --user NAME"}},
		{"--user 1:1 --recovery-caps kill", 2, []string{"--recovery-caps requires --recovery-exec"}},
		{"--user 1:1 --serial-open-as-root", 2, []string{"--serial-open-as-root requires --serial"}},
		{"--sandbox maybe", 2, []string{"expected auto or off"}},
		{"--user " + other + " --export-file /etc/vlpd-test.log", 1, []string{"must be able to make files in the folder /etc", "faccessat: permission denied", "chown 64242 /etc"}},
		{"--user " + other + " --recovery-audit-file /etc/vlpd-test.log", 1, []string{"--recovery-audit-file /etc/vlpd-test.log: uid 64242"}},
		{"--user " + other + " --heartbeat-file /etc/vlpd-test", 1, []string{"--heartbeat-file /etc/vlpd-test: uid 64242"}},
		{"--user " + other + " --export-file DIR/rootslog", 1, []string{"rootslog", "permission denied", "since --user", "chown 64242"}},
		{"--user " + other + " --serial a=DIR/tty,key-file=DIR/rootskey", 1, []string{"rootskey: open: permission denied", "must belong to it, chown 64242"}},
		{"--user " + other + " --prom-addr 127.0.0.1:0 --prom-token-file DIR/rootskey", 1, []string{"--prom-token-file", "permission denied", "chown 64242"}},
		{"--user " + other + " --key-file DIR/shared", 1, []string{"insecure permissions 644"}},
	} {
		c := prepareConfined(t, append(strings.Fields(r.argv), base...)...)
		writeFor(t, c.dir+"/rootskey", 0)
		writeFor(t, c.dir+"/shared", otherUID)
		os.Chmod(c.dir+"/shared", 0o644)
		os.WriteFile(c.dir+"/rootslog", []byte("x\n"), 0o600)
		c.refuses(t, r.code, r.words...)
		if _, err := os.Lstat(c.dir + "/s"); err == nil {
			t.Errorf("%s: the socket is still there", r.argv)
		}
	}
}

// Who is not root cannot become another, but may stay who it is.
func TestConfinedWithoutRoot(t *testing.T) {
	for spec, words := range map[string][]string{
		"64244:64243": {"--user 64244:64243: only root can become another user", "runs as uid 64242 without chown,setgid,setuid"},
		other:         {"ready", "user uid 64242, gid 64243, sandbox: seccomp, "},
	} {
		c := prepareConfined(t, "--user", spec, "--socket", "DIR/s", "--threshold-ms", "1000")
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: otherUID, Gid: otherGID}}
		code := 0
		if spec != other {
			code = 1
		}
		c.refuses(t, code, words...)
	}
}
