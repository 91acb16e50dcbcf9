package observer

import (
	"net"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// TestSigns: the signs of life of a whole process: the heartbeat file moves,
// SIGUSR1 tells the state, SIGHUP is answered, systemd hears ready first and
// stopping last.
func TestSigns(t *testing.T) {
	socket := t.TempDir() + "/notify"
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	heard := make(chan []string)
	var reloading atomic.Bool
	go func() { heard <- hear(systemd, &reloading) }()
	t.Setenv("NOTIFY_SOCKET", socket)
	t.Setenv("WATCHDOG_USEC", "300000")
	c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "100", "--heartbeat-file", "DIR/heart",
		"--recovery-exec", "/bin/true", "--recovery-audit-file", "DIR/audit")
	heart := func() string { b, _ := os.ReadFile(c.dir + "/heart"); return string(b) }
	eventually(t, "a heartbeat", func() bool { return heart() != "" })
	first := heart()
	eventually(t, "another", func() bool { return heart() != first })
	newSender(t, c.dir+"/s").beat(t)
	eventually(t, "a stall", func() bool { return strings.Contains(c.said(), "is silent for") })
	for _, sig := range []syscall.Signal{syscall.SIGUSR1, syscall.SIGHUP} {
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the state", func() bool {
		return strings.Contains(c.said(), "state: up ") && strings.Contains(c.said(), "agents 1 of 256, silent 1") &&
			strings.Contains(c.said(), "state: source "+c.dir+"/s: frames 1, beats 1") && strings.Contains(c.said(), "last nonce 1, stalls 1") &&
			strings.Contains(c.said(), "state: commands running ") && strings.Contains(c.said(), "state: audit records ")
	})
	eventually(t, "the reload", reloading.Load)
	if code := c.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	said := <-heard
	all := strings.Join(said, "")
	if said[0] != "READY=1\n" || !strings.Contains(all, "WATCHDOG=1\n") || !strings.Contains(all, "RELOADING=1\n") || !strings.Contains(all, "STATUS=ready: ") || !strings.Contains(all, "MAINPID=") {
		t.Errorf("systemd heard %q", said)
	}
	if _, err := os.Stat(c.dir + "/s"); err == nil {
		t.Error("the socket is still there")
	}
}

// TestSignsBesideInheritedEnv: what commands must not inherit is still ours to
// read.
func TestSignsBesideInheritedEnv(t *testing.T) {
	socket := t.TempDir() + "/notify"
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	heard := make(chan []string)
	go func() { heard <- hear(systemd, new(atomic.Bool)) }()
	t.Setenv("NOTIFY_SOCKET", socket)
	c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "50", "--recovery-inherit-env",
		"--recovery-exec", "/bin/sh DIR/command")
	script(t, c.dir, "echo \"<$NOTIFY_SOCKET>\" >told && mv told said\n")
	newSender(t, c.dir+"/s").beat(t)
	said := func() string { b, _ := os.ReadFile(c.dir + "/said"); return string(b) }
	eventually(t, "a command", func() bool { return said() != "" })
	if said() != "<>\n" {
		t.Errorf("the command's NOTIFY_SOCKET is %q, want none", said())
	}
	if code := c.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
	if all := <-heard; all[0] != "READY=1\n" {
		t.Errorf("systemd heard %q", all)
	}
}

// hear reads messages until the last one, or for a minute, and notes when
// one is of a reload.
func hear(systemd *net.UnixConn, reloading *atomic.Bool) (messages []string) {
	systemd.SetReadDeadline(time.Now().Add(time.Minute))
	buf := make([]byte, 512)
	for len(messages) == 0 || messages[len(messages)-1] != "STOPPING=1\n" {
		n, err := systemd.Read(buf)
		if err != nil {
			return append(messages, err.Error())
		}
		messages = append(messages, string(buf[:n]))
		reloading.CompareAndSwap(false, strings.HasPrefix(string(buf[:n]), "RELOADING=1\n"))
	}
	return messages
}
