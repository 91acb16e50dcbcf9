package docs

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"vlpd/event"
)

const compatDoc = "docs/compat.md"

// originalFlags are all that varta-watch 0.2.0 knows, those it refuses by name
// included.
const originalFlags = `--socket --threshold-ms --socket-mode --read-timeout-ms --uds-rcvbuf-bytes
--tracker-capacity --eviction-scan-window --tracker-eviction-policy --clock-source --signal-handler-mode
--max-beat-rate --global-beat-rate --global-beat-burst --udp-port --udp-bind-addr
--key-file --accepted-key-file --master-key-file --i-accept-plaintext-udp --i-accept-secure-udp-non-loopback
--secure-udp-i-accept-recovery-on-unauthenticated-transport
--plaintext-udp-i-accept-recovery-on-unauthenticated-transport
--allow-cross-namespace-agents --strict-namespace-check
--recovery-exec --recovery-exec-file --recovery-debounce-ms --recovery-timeout-ms --recovery-env
--recovery-inherit-env --recovery-capture-stdio --recovery-capture-bytes
--recovery-audit-file --recovery-audit-max-bytes --recovery-audit-sync-every
--audit-fsync-budget-ms --audit-sync-interval-ms --audit-rotation-budget-ms
--export-file --export-file-max-bytes --export-file-sync-every
--prom-addr --prom-token-file --prom-rate-limit-per-sec --prom-rate-limit-burst
--iteration-budget-ms --scrape-budget-ms --heartbeat-file --self-watchdog-secs --hw-watchdog
--shutdown-after-secs --shutdown-grace-ms --inject-wedge-ms --help
--recovery-cmd --recovery-cmd-file --i-accept-shell-risk --key-env --master-key-env --accepted-key-env`

var (
	flagName = regexp.MustCompile(`(?m)^  (--[a-z-]+)`)
	goTest   = regexp.MustCompile(`\b([a-z]+)\.(Test\w+)`)
	gapTest  = regexp.MustCompile(`\b(gap|security) (\w+)`)
	defect   = regexp.MustCompile(`(?m)^\| ([0-9]+) \|.*\b(gap [0-9]{2})\b`)
)

// TestCompatFlags: every flag of ours and of the original has its place, in a
// table or in a sentence, and none is spoken of that neither has.
func TestCompatFlags(t *testing.T) {
	doc := readFile(t, compatDoc)
	known := map[string]bool{"--version": true, "--flag": true}
	for _, f := range strings.Fields(originalFlags) {
		known[f] = true
	}
	for _, m := range flagName.FindAllStringSubmatch(helpText(t), -1) {
		known[m[1]] = true
	}
	if len(known) < 65 {
		t.Fatalf("only %d flags", len(known))
	}
	for f := range known {
		if !strings.Contains(doc, "`"+f+"`") && f != "--flag" {
			t.Errorf("%s does not say what became of %s", compatDoc, f)
		}
	}
	for _, f := range regexp.MustCompile(`--[a-z][a-z-]+`).FindAllString(doc, -1) {
		if !known[f] {
			t.Errorf("%s speaks of %s, which neither program has", compatDoc, f)
		}
	}
}

// TestCompatLimits: what is off under our name is so, and not under the other.
func TestCompatLimits(t *testing.T) {
	doc, help := readFile(t, compatDoc), strings.Join(strings.Fields(helpText(t)), " ")
	for name, theirs := range map[string]string{"--max-beat-rate": "100", "--global-beat-rate": "5000", "--prom-rate-limit-burst": "10"} {
		if !strings.Contains(doc, "| `"+name+"` | 0, off | "+theirs+" |") {
			t.Errorf("%s does not have the defaults of %s", compatDoc, name)
		}
		_, about, _ := strings.Cut(help, name+" ")
		about, _, _ = strings.Cut(about, " --")
		if !strings.Contains(about, "(0; called varta-watch: "+theirs+")") {
			t.Errorf("the help of %s says other defaults: %s", name, about)
		}
	}
}

// TestCompatMetrics: every family that a scrape can show, and all 58 of the
// original, which must be among them.
func TestCompatMetrics(t *testing.T) {
	doc := readFile(t, compatDoc)
	shown := map[string]bool{}
	for _, f := range families(scrapeWithAll(t)) {
		shown[f.name] = true
		if !strings.Contains(doc, "`"+f.name+"`") {
			t.Errorf("%s does not mention %s", compatDoc, f.name)
		}
	}
	theirs := strings.Fields(readFile(t, "test/docs/testdata/original-families.txt"))
	if len(theirs) != 58 {
		t.Fatalf("the original has 58 families, the list has %d", len(theirs))
	}
	for _, name := range theirs {
		if !strings.Contains(doc, "\n| `"+name+"` |") {
			t.Errorf("%s has no row for %s", compatDoc, name)
		}
		if !shown[name] {
			t.Errorf("no scrape shows %s, which the original has", name)
		}
	}
	for _, name := range regexp.MustCompile(`\bvarta_[a-z_]+`).FindAllString(doc, -1) {
		if !shown[name] {
			t.Errorf("%s speaks of %s, which no scrape shows", compatDoc, name)
		}
	}
}

func TestCompatKinds(t *testing.T) {
	doc := readFile(t, compatDoc)
	for k := event.Kind(0); k < event.Kinds; k++ {
		if !strings.Contains(doc, "\n| "+k.String()+" | ") {
			t.Errorf("%s does not say what became of rows of kind %v", compatDoc, k)
		}
	}
}

// TestCompatTests: each of the 35 defects has its row, and the tests that are
// named there are in the tree.
func TestCompatTests(t *testing.T) {
	doc := readFile(t, compatDoc)
	rows := defect.FindAllStringSubmatch(doc, -1)
	if len(rows) != 35 {
		t.Errorf("%d defects with a test, expected 35", len(rows))
	}
	for _, m := range rows {
		if want := "gap " + strings.Repeat("0", 2-len(m[1])) + m[1]; m[2] != want {
			t.Errorf("defect %s is shown by %s, expected %s", m[1], m[2], want)
		}
	}
	gaps := filesOf(t, "test/gaps/*.py")
	for _, m := range gapTest.FindAllStringSubmatch(doc, -1) {
		name := m[1] + m[2]
		if m[1] == "security" {
			name = m[1] + "_" + m[2]
		}
		if !strings.Contains(gaps, "\ndef "+name+"(") {
			t.Errorf("%s names %q, and test/gaps has no %s", compatDoc, m[0], name)
		}
	}
	for _, m := range goTest.FindAllStringSubmatch(doc, -1) {
		folder := m[1]
		if folder == "main" {
			folder = "."
		}
		if !strings.Contains(filesOf(t, folder+"/*_test.go"), "\nfunc "+m[2]+"(") {
			t.Errorf("%s names %s, which does not exist", compatDoc, m[0])
		}
	}
}

// filesOf returns the text of all files that match.
func filesOf(t *testing.T, glob string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(root(), glob))
	if err != nil || len(names) == 0 {
		t.Fatalf("no file is %s: %v", glob, err)
	}
	var b strings.Builder
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}

// scrapeWithAll returns the page of a vlpd with every kind of source and file.
func scrapeWithAll(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(in("key"), []byte(strings.Repeat("11", 32)), 0o600); err != nil {
		t.Fatal(err)
	}
	observer := exec.Command(vlpd+"/vlpd", "--socket", in("s"), "--serial", "bus="+in("no-device"), "--threshold-ms", "60000",
		"--udp-port", "0", "--key-file", in("key"), "--secure-udp-i-accept-recovery-on-unauthenticated-transport",
		"--recovery-exec", "/bin/true", "--recovery-audit-file", in("audit"),
		"--export-file", in("log"), "--prom-addr", "127.0.0.1:0", "--prom-anonymous")
	out, err := observer.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := observer.Start(); err != nil {
		t.Fatal(err)
	}
	defer observer.Wait()
	defer observer.Process.Signal(syscall.SIGTERM)
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get("http://" + strings.TrimSpace(address) + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("scrape: %s, %v", answer.Status, err)
	}
	return string(page)
}
