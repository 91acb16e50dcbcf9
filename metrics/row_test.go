package metrics

import (
	"flag"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/page.golden")

func TestRow(t *testing.T) {
	row := func() Row { return Sample(nil, "m") }
	for _, c := range []struct {
		got  []byte
		want string
	}{
		{row().Uint(0), "m 0\n"},
		{row().Uint(math.MaxUint64), "m 18446744073709551615\n"},
		{row().Bool(true), "m 1\n"},
		{row().Label("a", "b").Bool(false), "m{a=\"b\"} 0\n"},
		{row().Suffix("_total").Label("a", "").LabelUint("pid", 4194304).Label("c", "d").Uint(7), "m_total{a=\"\",pid=\"4194304\",c=\"d\"} 7\n"},
		{row().Label("a", `C:\x "y"`+"\nz\t{é}").Uint(1), `m{a="C:\\x \"y\"\nz` + "\t{é}\"} 1\n"},
		{row().Label("a", `"`).Uint(1), `m{a="\""} 1` + "\n"},
		{row().Seconds(0), "m 0.000000000\n"},
		{row().Seconds(1482490), "m 0.001482490\n"},
		{row().Seconds(4793184185), "m 4.793184185\n"},
		{row().Seconds(-1), "m -0.000000001\n"},
		{row().Seconds(math.MaxInt64), "m 9223372036.854775807\n"},
		{row().Seconds(math.MinInt64), "m -9223372036.854775808\n"},
		{row().Millis(4904999999), "m 4.904\n"},
		{row().Millis(1795533885915000000), "m 1795533885.915\n"},
		{row().Millis(999999), "m 0.000\n"},
		{row().Millis(-999999), "m 0.000\n"},
		{row().Millis(-1000000), "m -0.001\n"},
	} {
		if string(c.got) != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestHead(t *testing.T) {
	f := Family{"m", "A \\ back\nslash and a \"quote\" ≤ 1.", Histograms}
	want := "# HELP m A \\\\ back\\nslash and a \"quote\" ≤ 1.\n# TYPE m histogram\n"
	if got := f.AppendHead(nil); string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestObserve(t *testing.T) {
	for _, c := range []struct {
		ns     int64
		bucket int
	}{
		{math.MinInt64, 0}, {-1, 0}, {0, 0}, {1e6, 0}, {1e6 + 1, 1}, {5e6, 1}, {10e6, 2}, {50e6, 3}, {100e6, 4},
		{250e6, 5}, {500e6, 6}, {1e9, 7}, {1e9 + 1, 8}, {math.MaxInt64, 8},
	} {
		var h Histogram
		h.Observe(c.ns)
		want := Histogram{SumNS: uint64(max(c.ns, 0))}
		want.Counts[c.bucket] = 1
		if h != want {
			t.Errorf("%d ns: %+v", c.ns, h)
		}
	}
}

// goldenPage has a family of every kind, in the shapes of varta-watch's page.
func goldenPage() Page {
	evicted := Family{"varta_tracker_evicted_total", "Total tracker slots reclaimed from dead agents.", Counter}
	decode := Family{"varta_decode_errors_total", "Total VLP decode failures by kind.", Counter}
	fsync := Family{"varta_audit_fsync_seconds", `Wall time per fdatasync(2); a "\" is escaped.`, Histograms}
	stages := Family{"varta_observer_stage_seconds", "Per-stage observer poll-loop wall time for latency attribution.", Histograms}
	uptime := Family{"varta_watch_uptime_seconds", "Observer process uptime in seconds.", Gauge}
	skew := Family{"varta_clock_skew_seconds", "A gauge that can be negative.", Gauge}
	agent := Family{"varta_agent_up", "Whether the agent is alive.", Gauge}
	var h, poll, maintenance Histogram
	for _, ns := range []int64{400_000, 500_000, 582_490} {
		h.Observe(ns)
	}
	for _, ns := range []int64{900_000, 4e6, 90e6, 240e6, 2e9} {
		poll.Observe(ns)
	}
	return NewPage(nil,
		func(b []byte, _ int) ([]byte, int) { return Sample(evicted.AppendHead(b), evicted.Name).Uint(0), Done },
		func(b []byte, _ int) ([]byte, int) {
			b = Sample(decode.AppendHead(b), decode.Name).Label("kind", "bad_magic").Uint(1)
			return Sample(b, decode.Name).Label("kind", "bad_crc").Uint(math.MaxUint64), Done
		},
		func(b []byte, _ int) ([]byte, int) { return h.Append(fsync.AppendHead(b), fsync.Name, "", ""), Done },
		func(b []byte, at int) ([]byte, int) {
			if at == 0 {
				return poll.Append(stages.AppendHead(b), stages.Name, "stage", "poll"), 1
			}
			return maintenance.Append(b, stages.Name, "stage", "maintenance"), Done
		},
		func(b []byte, _ int) ([]byte, int) {
			return Sample(uptime.AppendHead(b), uptime.Name).Millis(4904123456), Done
		},
		func(b []byte, _ int) ([]byte, int) {
			return Sample(skew.AppendHead(b), skew.Name).Seconds(-1500000000), Done
		},
		func(b []byte, _ int) ([]byte, int) {
			b = agent.AppendHead(b)
			b = Sample(b, agent.Name).LabelUint("pid", 32479).Bool(true)
			b = Sample(b, agent.Name).Label("source", "gps").LabelUint("pid", 7).Bool(false)
			return Sample(b, agent.Name).Label("agent", `back\slash "quoted"`+"\n").Bool(true), Done
		},
	)
}

func TestGolden(t *testing.T) {
	path := filepath.Join("testdata", "page.golden")
	got := pageText(goldenPage())
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the page differs from %s:\n%s", path, got)
	}
}

func TestPromtool(t *testing.T) {
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool here")
	}
	for name, page := range map[string]Page{"golden": goldenPage(), "agents": agentPage(100)()} {
		cmd := exec.Command(promtool, "check", "metrics")
		cmd.Stdin = strings.NewReader(pageText(page))
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	cmd := exec.Command(promtool, "check", "metrics")
	cmd.Stdin = strings.NewReader("# TYPE up gauge\nup{a=\"b} 1\n")
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Errorf("promtool takes anything: %s", out)
	}
}

// Whatever the sections do at the seams, a page's slices keep to their room.
func TestSliceBounds(t *testing.T) {
	p := agentPage(10000)()
	want := pageText(p)
	for _, room := range []int{minRoom, minRoom + 1, SliceBytes - 50, SliceBytes} {
		p.Begin()
		got, more, slices := "", true, 0
		for more {
			prefix := make([]byte, 3, 3+room)
			var out []byte
			if slices++; slices > 2*len(want)/StepBytes {
				t.Fatalf("room %d: no end after %d slices", room, slices)
			}
			if out, more = p.Render(prefix); len(out) > 3+room || cap(out) != cap(prefix) {
				t.Fatalf("room %d: %d bytes", room, len(out)-3)
			}
			if more && len(out) == 3 {
				t.Fatalf("room %d: no progress", room)
			}
			got += string(out[3:])
		}
		if got != want {
			t.Errorf("room %d: %d bytes of %d", room, len(got), len(want))
		}
	}
}
