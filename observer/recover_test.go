package observer

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"vlpd/audit"
	"vlpd/sink"
)

// script writes a command into the rig's folder and returns its path.
func script(t *testing.T, dir, body string) string {
	t.Helper()
	path := filepath.Join(dir, "command")
	if err := os.WriteFile(path, []byte("#!/bin/sh\ncd "+dir+" || exit 9\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func linesOf(path string) []string {
	b, _ := os.ReadFile(path)
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")[:strings.Count(string(b), "\n")]
}

// TestRecovery goes through a silence: a command that fails is tried again
// until it succeeds, and then no more; what it printed and how it ended is in
// the audit log, whose chain is whole. A second silence begins anew.
func TestRecovery(t *testing.T) {
	commands := t.TempDir()
	run := script(t, commands, `echo "$@" >>ran; echo "attempt $(wc -l <ran)"; [ $(wc -l <ran) -ge 3 ]`+"\n")
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "100", "--export-file", "DIR/log",
		"--recovery-exec", run+" {pid} x{agent}x {source} {id} {other}", "--recovery-debounce-ms", "0",
		"--recovery-audit-file", "DIR/audit", "--recovery-capture-stdio")
	r.start()
	s := newSender(t, r.dir+"/s")
	s.beat(t)
	counts := r.o.loop.recover.table.Counts()
	eventually(t, "three attempts", func() bool { return len(linesOf(commands+"/ran")) == 3 })
	eventually(t, "the end of the third", func() bool {
		return strings.Count(strings.Join(linesOf(r.dir+"/audit"), "\n"), "\tcomplete\t") == 3
	})
	s.beat(t) // back, and silent again
	eventually(t, "a command for the second silence", func() bool { return len(linesOf(commands+"/ran")) == 4 })
	eventually(t, "its end", func() bool {
		return strings.Count(strings.Join(linesOf(r.dir+"/audit"), "\n"), "\tcomplete\t") == 4
	})
	r.stop()

	pid := strconv.Itoa(os.Getpid())
	want := fmt.Sprintf("%s x%sx %s %s {other}", pid, pid, r.dir+"/s", pid)
	for _, line := range linesOf(commands + "/ran") {
		if line != want {
			t.Errorf("the command was given %q, want %q", line, want)
		}
	}
	if n := countKinds(r.rows()); n["stall"] != 2 || n["recovered"] != 1 {
		t.Errorf("rows: %v, want 2 stalls and 1 recovered", n)
	}
	if counts.Outcomes[1] != 4 || counts.DurationNS == 0 { // spawned
		t.Errorf("%+v", counts)
	}
	checkAudit(t, r.dir+"/audit", "spawn 4 complete 4 output 4", "attempt 3")
}

// checkAudit verifies a chain and what is in it.
func checkAudit(t *testing.T, path, wantKinds, wantText string) {
	t.Helper()
	if err := audit.Run([]string{"verify", path}); err != nil {
		t.Errorf("vlpd audit verify: %v", err)
	}
	kinds := map[string]int{}
	text := strings.Join(linesOf(path), "\n")
	for _, line := range linesOf(path)[1:] {
		kinds[strings.Split(line, "\t")[3]]++
	}
	for words := strings.Fields(wantKinds); len(words) > 0; words = words[2:] {
		if got := strconv.Itoa(kinds[words[0]]); got != words[1] {
			t.Errorf("%s %s records, want %s:\n%s", got, words[0], words[1], text)
		}
	}
	if !strings.Contains(text, wantText) {
		t.Errorf("no %q in\n%s", wantText, text)
	}
}

// TestRecoveryRefused: who is not proven has no command run, and that is
// recorded; a line that is declared trusted is proof enough, and {pid} of its
// agents is no number that a process could have.
func TestRecoveryRefused(t *testing.T) {
	commands := t.TempDir()
	run := script(t, commands, "echo \"$@\" >>ran\n")
	plainMaster, plain := openPTY(t)
	trustedMaster, trusted := openPTY(t)
	r := newRig(t, sink.OS, "--serial", "plain="+plain, "--serial", "good="+trusted+",trust=yes", "--threshold-ms", "100",
		"--export-file", "DIR/log", "--recovery-exec", run+" {pid} {id}", "--recovery-audit-file", "DIR/audit")
	r.start()
	eventually(t, "both lines up", func() bool { return strings.Count(readLog(r.dir), "\tup\topened\n") == 2 })
	beatOn(t, plainMaster, 7)
	beatOn(t, trustedMaster, 7)
	eventually(t, "the trusted one's command", func() bool { return len(linesOf(commands+"/ran")) == 1 })
	eventually(t, "both stalls", func() bool { return countKinds(r.rows())["stall"] == 2 })
	r.stop()
	if got := linesOf(commands + "/ran"); len(got) != 1 || got[0] != "good/7 7" {
		t.Errorf("commands ran with %q, want once with %q", got, "good/7 7")
	}
	checkAudit(t, r.dir+"/audit", "refused 1 spawn 1 complete 1", "\trefused\tplain/7\tunauthenticated_transport\t")
}

// TestStopEndsCommands: what runs when the observer stops is ended, with what
// it started, and recorded.
func TestStopEndsCommands(t *testing.T) {
	commands := t.TempDir()
	run := script(t, commands, "trap 'echo term >>ran; exit 1' TERM\nsleep 600 & echo $! >>ran\nwait\n")
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "100", "--export-file", "DIR/log",
		"--recovery-exec", run, "--recovery-audit-file", "DIR/audit")
	r.start()
	newSender(t, r.dir+"/s").beat(t)
	eventually(t, "the command runs", func() bool { return len(linesOf(commands+"/ran")) == 1 })
	r.stop()
	lines := linesOf(commands + "/ran")
	if len(lines) != 2 || lines[1] != "term" {
		t.Fatalf("the command wrote %q, want its child's pid and term", lines)
	}
	eventually(t, "the end of the command's child "+lines[0], func() bool { // killed, and soon dead
		_, err := os.Stat("/proc/" + lines[0])
		return err != nil || isZombie(lines[0])
	})
	checkAudit(t, r.dir+"/audit", "spawn 1 complete 1", "\tkilled\t")
}

// isZombie tells a process that ended and that nobody has waited for.
func isZombie(pid string) bool {
	b, _ := os.ReadFile("/proc/" + pid + "/stat")
	_, rest, _ := strings.Cut(string(b), ") ")
	return strings.HasPrefix(rest, "Z")
}

// TestLeftRunning: with its output captured, a command that starts the agent anew
// must say where that one prints; else it dies of SIGPIPE, again and again.
func TestLeftRunning(t *testing.T) {
	command := script(t, t.TempDir(), "sleep 1000 &\necho $! >&2; exit 1\n")
	c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "100", "--recovery-exec", command, "--recovery-capture-stdio",
		"--recovery-debounce-ms", "60000")
	newSender(t, c.dir+"/s").beat(t)
	eventually(t, "the end of the command", func() bool { return strings.Contains(c.said(), "it said: ") })
	_, pid, _ := strings.Cut(c.said(), "it said: ")
	pid, _, _ = strings.Cut(pid, `"`)
	eventually(t, "a word of what it left running", func() bool { return strings.Contains(c.said(), "left a program running that has its output") })
	if left, err := strconv.Atoi(pid); err != nil || syscall.Kill(left, syscall.SIGKILL) != nil {
		t.Errorf("%q was not left running", pid)
	}
}
