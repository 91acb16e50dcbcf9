package docs

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the generated part of docs/metrics.md anew")

const metricsDoc = "docs/metrics.md"

// The table stands between these two.
const (
	tableBegin = "<!-- begin: from a scrape -->\n"
	tableEnd   = "<!-- end -->\n"
)

// family is what a page says of a metric.
type family struct {
	name, kind, help string
	labels           []string
}

var (
	sample    = regexp.MustCompile(`^([a-z_]+)(?:\{(.*)\})? `)
	labelName = regexp.MustCompile(`([a-z_]+)="`)
)

// families reads a page in the text format.
func families(page string) []family {
	var all []family
	for line := range strings.Lines(page) {
		word := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "# HELP "):
			all = append(all, family{name: word[2], help: strings.TrimSpace(strings.SplitN(line, " ", 4)[3])})
		case strings.HasPrefix(line, "# TYPE "):
			all[len(all)-1].kind = word[3]
		default:
			all[len(all)-1].note(line)
		}
	}
	return all
}

// note adds the labels of a sample.
func (f *family) note(line string) {
	m := sample.FindStringSubmatch(line)
	if m == nil {
		return
	}
	for _, l := range labelName.FindAllStringSubmatch(m[2], -1) {
		if l[1] != "le" && !slices.Contains(f.labels, l[1]) {
			f.labels = append(f.labels, l[1])
		}
	}
}

func table(all []family) string {
	var b strings.Builder
	b.WriteString("| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, f := range all {
		slices.Sort(f.labels) // a scrape shows agents in no particular order
		labels := strings.Join(f.labels, ", ")
		if labels == "" {
			labels = "-"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.name, f.kind, labels, f.help)
	}
	return b.String()
}

// TestMetricsDocument scrapes a vlpd that has everything: a socket with an
// agent, a serial line with a device, a log.
func TestMetricsDocument(t *testing.T) {
	page := scrape(t)
	want := table(families(page))
	doc := readFile(t, metricsDoc)
	before, rest, ok1 := strings.Cut(doc, tableBegin)
	got, after, ok2 := strings.Cut(rest, tableEnd)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the table", metricsDoc)
	}
	if *update {
		if err := os.WriteFile(filepath.Join(root(), metricsDoc), []byte(before+tableBegin+want+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		got = want
	}
	if got != want {
		t.Errorf("%s is not what a scrape shows; go test ./test/docs -run Metrics -update writes it. A scrape shows\n%s", metricsDoc, want)
	}
}

// The page is clean in the eyes of Prometheus' own checker.
func TestMetricsPassPromtool(t *testing.T) {
	need(t, "promtool")
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = strings.NewReader(scrape(t))
	out, err := check.CombinedOutput()
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, originalsOwn+" ") {
			t.Errorf("promtool check metrics: %v\n%s", err, line)
		}
	}
}

// originalsOwn is a name that promtool dislikes, and that the original's
// dashboards ask for.
const originalsOwn = "varta_recovery_duration_ns_sum"

// Whatever metric a document speaks of is there.
func TestMentionedMetricsExist(t *testing.T) {
	names := map[string]bool{}
	for _, f := range families(scrape(t)) {
		names[f.name] = true
	}
	for _, doc := range []string{"README.md", metricsDoc, "docs/log-format.md", "docs/vlpd.8"} {
		mentioned := regexp.MustCompile(`\bvarta_[a-z_]+`).FindAllString(readFile(t, doc), -1)
		if len(mentioned) == 0 {
			t.Errorf("%s speaks of no metric", doc)
		}
		for _, m := range mentioned {
			if !names[m] {
				t.Errorf("%s speaks of %s, which no scrape shows", doc, m)
			}
		}
	}
}

// scrape returns the page of a vlpd that has heard an agent and a device.
func scrape(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	socket := filepath.Join(dir, "s")
	observer := exec.Command(vlpd+"/vlpd", "--socket", socket, "--serial", "bus="+playDevice(t), "--threshold-ms", "60000",
		"--export-file", filepath.Join(dir, "log"), "--prom-addr", "127.0.0.1:0", "--prom-anonymous")
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
	if said, err := exec.Command(vlpd+"/vlpd", "beat", "--socket", socket).CombinedOutput(); err != nil {
		t.Fatalf("vlpd beat: %v: %s", err, said)
	}
	for end := time.Now().Add(10 * time.Second); ; {
		page := get(t, "http://"+strings.TrimSpace(address)+"/metrics")
		if strings.Contains(page, `source="bus",pid="7"`) && strings.Contains(page, `varta_beats_total{pid=`) {
			return page
		}
		if time.Now().After(end) {
			t.Fatalf("no agent or no device on the page:\n%s", page)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	page, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s, %v", url, r.Status, err)
	}
	return string(page)
}
