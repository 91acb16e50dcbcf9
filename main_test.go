package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test binary be vlpd, so that tests of the whole program need
// no build of their own.
func TestMain(m *testing.M) {
	if os.Getenv("VLPD_TEST_RUN") != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// TestExitCodes: the table of the manual.
func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		argv string
		code int
		want string // on stderr, or on stdout if the code is 0
	}{
		{"--version", 0, "vlpd " + version},
		{"--help", 0, "--export-file-sync-every"},
		{"beat --help", 0, "--interval"},
		{"demo --help", 0, "--for"},
		{"--threshold-ms 5", 2, "--threshold-ms"},
		{"beat", 2, "--socket"},
		{"beat --socket DIR/none", 1, "no observer at"},
		{"beat --socket DIR/none --status stall", 2, "ok or degraded or critical"},
		{"demo --for 1s", 2, "--for"},
		{"--socket DIR/file --threshold-ms 1000", 1, "path exists and is not a socket"},
		{"--socket DIR/no/s --threshold-ms 1000", 1, "no such file or directory"},
		{"--socket DIR/s --threshold-ms 1000 --export-file DIR/no/log", 1, "DIR/no/log"},
		{"--serial a=DIR/file --threshold-ms 1000", 1, "expected a tty, got a regular file"},
		{"--serial a=/dev/null --threshold-ms 1000", 1, "expected a tty, got another character device"},
		{"--socket DIR/s --threshold-ms 1000 --prom-addr 127.0.0.1:1 --prom-anonymous --shutdown-after-secs 0", 0, "127.0.0.1:1"},
		{"--socket DIR/s --threshold-ms 1000 --shutdown-after-secs 0", 0, ""},
		{"--serial gone=DIR/ttyGONE --threshold-ms 1000 --shutdown-after-secs 0", 0, ""},
	} {
		if strings.Contains(c.argv, "127.0.0.1:1 ") && os.Geteuid() != 0 {
			continue // a low port is for root
		}
		cmd := exec.Command(os.Args[0], strings.Fields(strings.ReplaceAll(c.argv, "DIR", dir))...)
		cmd.Env = append(os.Environ(), "VLPD_TEST_RUN=1")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		cmd.Run()
		said := stderr.String()
		if c.code == 0 {
			said = stdout.String()
		}
		if got := cmd.ProcessState.ExitCode(); got != c.code || !strings.Contains(said, strings.ReplaceAll(c.want, "DIR", dir)) {
			t.Errorf("vlpd %s: exit %d, want %d and %q\n%s%s", c.argv, got, c.code, c.want, &stdout, &stderr)
		}
		if left, _ := filepath.Glob(dir + "/s"); len(left) > 0 {
			t.Errorf("vlpd %s left its socket behind", c.argv)
		}
	}
}

// TestFullStdout: what was asked for and could not be printed is a failure.
func TestFullStdout(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	for _, argv := range []string{"--version", "--help", "beat --help", "demo --help"} {
		var said strings.Builder
		c := exec.Command(os.Args[0], strings.Fields(argv)...)
		c.Env = append(os.Environ(), "VLPD_TEST_RUN=1")
		c.Stdout, c.Stderr = full, &said
		c.Run()
		if c.ProcessState.ExitCode() != exitFailure || !strings.Contains(said.String(), "stdout: write: no space left") {
			t.Errorf("%s: exit code %d, %q", argv, c.ProcessState.ExitCode(), said.String())
		}
	}
}
