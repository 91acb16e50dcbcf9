package client

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// observer is vlpd, as a process.
type observer struct {
	t      testing.TB
	cmd    *exec.Cmd
	log    string
	ready  string // what it says when it is
	flags  []string
	binary string
}

var readyWords = regexp.MustCompile(`ready: .*`)

// buildObserver makes the program from this checkout.
func buildObserver(t testing.TB) string {
	t.Helper()
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("SKIPPED: no go command to build vlpd with")
	}
	binary := filepath.Join(t.TempDir(), "vlpd")
	build := exec.Command(tool, "build", "-buildvcs=false", "-o", binary, ".")
	build.Dir = "../.."
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH=", "GOOS=")
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, said)
	}
	return binary
}

// start runs it until it is ready.
func (o *observer) start() {
	o.t.Helper()
	o.cmd = exec.Command(o.binary, append([]string{"--threshold-ms", "60000", "--export-file", o.log, "--log-format", "text"}, o.flags...)...)
	stderr, err := o.cmd.StderrPipe()
	if err != nil {
		o.t.Fatal(err)
	}
	if err := o.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { o.cmd.Process.Kill() })
	lines := bufio.NewScanner(stderr)
	said := ""
	for o.ready = ""; o.ready == "" && lines.Scan(); {
		o.ready = readyWords.FindString(lines.Text())
		said += lines.Text() + "\n"
	}
	if o.ready == "" {
		o.t.Fatalf("vlpd did not start: %s", said)
	}
	go func() { // it must not find its stderr full
		for lines.Scan() {
		}
	}()
}

func (o *observer) stop(s os.Signal) {
	o.t.Helper()
	if err := o.cmd.Process.Signal(s); err != nil {
		o.t.Fatal(err)
	}
	o.cmd.Wait()
}

// beats is the nonces and payloads that the log has of agent id, as in "1:7 2:8".
func (o *observer) beats(id string) string {
	b, _ := os.ReadFile(o.log)
	var all []string
	for line := range strings.Lines(string(b)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) == 6 && f[1] == "beat" && f[2] == id {
			all = append(all, f[3]+":"+f[4]+":"+f[5])
		}
	}
	return strings.Join(all, " ")
}

func (o *observer) expect(id, want string) {
	o.t.Helper()
	eventually(o.t, "the log says "+want+" of "+id, func() bool { return o.beats(id) == want })
}

func newObserver(t testing.TB, flags ...string) *observer {
	return &observer{t: t, log: filepath.Join(t.TempDir(), "log"), binary: buildObserver(t), flags: flags}
}

// The observer is not there, is, is killed, comes again; the client lives through it.
func TestRealSocket(t *testing.T) {
	path := socketPath(t)
	o := newObserver(t, "--socket", path)
	c := dial(t, path)
	want(t, c.Beat(OK, 0), NoObserver, syscall.ENOENT)
	o.start()
	self := fmt.Sprint(os.Getpid())
	want(t, c.Beat(OK, 7), Sent, nil)
	want(t, c.Beat(Degraded, 8), Sent, nil)
	o.expect(self, "1:ok:7 2:degraded:8")
	o.stop(syscall.SIGKILL)
	want(t, c.Beat(OK, 9), NoObserver, syscall.ECONNREFUSED)
	o.start()
	want(t, c.Beat(OK, 9), Sent, nil)
	o.expect(self, "1:ok:7 2:degraded:8 3:ok:9")
	panics(c, func() { panic("x") })
	want(t, c.Beat(OK, 1), Sent, nil)
	o.expect(self, "1:ok:7 2:degraded:8 3:ok:9 18446744073709551615:critical:0 1:ok:1")
	o.stop(syscall.SIGTERM)
	o.expect(self, "1:ok:7 2:degraded:8 3:ok:9 18446744073709551615:critical:0 1:ok:1")
}

// keyFiles are those of the key of 1s and the master key of 9s.
func keyFiles(t testing.TB) []string {
	t.Helper()
	dir := t.TempDir()
	flags := []string{"--key-file", dir + "/key", "--master-key-file", dir + "/master"}
	for path, k := range map[string]Key{flags[1]: fill(1), flags[3]: fill(9)} {
		if err := os.WriteFile(path, []byte(hex.EncodeToString(k[:])+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return flags
}

func TestRealUDP(t *testing.T) {
	for _, w := range []struct {
		name    string
		flags   []string
		options []Option
	}{
		{"plain", []string{"--i-accept-plaintext-udp", "--udp-bind-addr", "127.0.0.1"}, nil},
		{"shared", keyFiles(t), []Option{WithKey(fill(1))}},
		{"master", keyFiles(t), []Option{WithMasterKey(fill(9))}},
	} {
		o := newObserver(t, append(w.flags, "--udp-port", "0")...)
		o.start()
		address := regexp.MustCompile(`UDP ([\d.]+:\d+)`).FindStringSubmatch(o.ready)
		if address == nil {
			t.Fatalf("%s: no address in %q", w.name, o.ready)
		}
		c, err := DialUDP(address[1], append(w.options, WithID(42))...)
		if err != nil {
			t.Fatal(err)
		}
		want(t, c.Beat(OK, 1), Sent, nil)
		want(t, c.Reconnect(), Sent, nil) // another port, the same session
		want(t, c.Beat(Critical, 2), Sent, nil)
		panics(c, func() { panic("x") })
		o.expect("42", "1:ok:1 2:critical:2 18446744073709551615:critical:0")
		c.Close()
		o.stop(syscall.SIGTERM)
	}
}

// lineIsUp looks into the log, for bytes from before a line is opened are lost.
func (o *observer) lineIsUp() bool {
	b, _ := os.ReadFile(o.log)
	return strings.Contains(string(b), "\tline\tbus\t-\tup\t")
}
