package observer

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/sink"
	"vlpd/vlp"
	"vlpd/watch"
)

// lateAgents is how many agents fall silent, in lateClasses threshold classes.
const (
	lateAgents  = 65536
	lateClasses = 64
)

func lateThreshold(id int) time.Duration {
	return 400*time.Millisecond + time.Duration(id%lateClasses)*23*time.Millisecond
}

// BenchmarkStallLateness beats once for 65,536 agents of mixed thresholds,
// through a tty, and measures by the log's own times how much later than its
// threshold each stall was reported: in peace, while fdatasync hangs, while
// somebody scrapes as fast as he can, and while another line babbles. First
// comes what this machine makes of a bare timer.
//
//	go test -run - -bench StallLateness -benchtime 1x ./observer
func BenchmarkStallLateness(b *testing.B) {
	b.Run("bare-timer", func(b *testing.B) {
		for range b.N {
			reportLateness(b, timerFloor(b))
		}
	})
	for _, c := range []struct {
		name    string
		files   func() (sink.FS, func())
		disturb func(b *testing.B, r *rig, stop <-chan struct{})
		agents  int
	}{
		{"quiet", plainFS, nil, lateAgents},
		{"fdatasync-frozen", frozenFS, nil, lateAgents},
		{"scraped", plainFS, scrapeLoop, lateAgents},
		{"babbling-line", plainFS, babble, lateAgents},
		{"300-recoveries", plainFS, fallSilent, lateAgents - recovered},
	} {
		b.Run(c.name, func(b *testing.B) {
			for range b.N {
				late, pauses := stallOnce(b, c.agents, c.files, c.disturb)
				b.ReportMetric(float64(pauses), "pauses")
				reportLateness(b, late)
			}
		})
	}
}

// reportLateness prints quantiles of the sorted lateness in ns.
func reportLateness(b *testing.B, late []int64) {
	at := func(p float64) float64 { return float64(late[int(p*float64(len(late)-1))]) / 1e6 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(at(0.999), "p99.9-ms")
	b.ReportMetric(at(1), "max-ms")
}

func plainFS() (sink.FS, func()) { return sink.OS, func() {} }

// stallOnce returns the lateness of every stall in ns, sorted, and how often
// the machine did not let the observer run: such time is no silence.
func stallOnce(b *testing.B, agents int, files func() (sink.FS, func()), disturb func(*testing.B, *rig, <-chan struct{})) (late []int64, pauses uint64) {
	master, slave := openPTY(b)
	defer unix.Close(master)
	other, otherSlave := openPTY(b)
	defer unix.Close(other)
	fs, thaw := files()
	r := newRig(b, fs, "--serial", "bus="+slave, "--serial", "other="+otherSlave+",trust=yes", "--threshold-ms", "1000",
		"--tracker-capacity", strconv.Itoa(lateAgents), "--export-file", "DIR/log",
		"--prom-addr", "127.0.0.1:0", "--prom-anonymous", "--recovery-exec", "/bin/true", "--recovery-max", strconv.Itoa(recovered))
	mixThresholds(r.o.loop)
	r.start()
	stop := make(chan struct{})
	if disturb != nil {
		r.other = other
		go disturb(b, r, stop)
	}
	eventuallyUp(b, r)
	feed(b, master, agents)
	wait := time.NewTimer(lateThreshold(lateClasses-1) + 500*time.Millisecond)
	<-wait.C
	close(stop)
	thaw()
	r.stop()
	return lateness(b, r, agents), r.o.loop.count.pauses
}

// mixThresholds gives every agent a class by its id, as a configuration file
// will by its name.
func mixThresholds(l *loop) {
	cfg := watch.Config{Capacity: lateAgents, Kinds: []watch.SourceKind{watch.Wire, watch.Wire},
		Classify: func(_ uint16, pid uint32) uint8 { return uint8(pid % lateClasses) }}
	for i := range lateClasses {
		cfg.Thresholds = append(cfg.Thresholds, int64(lateThreshold(i)))
	}
	l.table = watch.New(cfg)
}

func eventuallyUp(b *testing.B, r *rig) {
	eventually(b, "lines up", func() bool { return strings.Count(readLog(r.dir), "\tup\topened\n") == 2 })
}

// feed beats once for each agent, spread over half a second.
func feed(b *testing.B, master, agents int) {
	var wire []byte
	start := time.Now()
	for id := range agents {
		f := vlp.Frame{PID: uint32(1024 + id), Nonce: 1}
		wire = vlp.Append(wire[:0], &f)
		for rest := wire; len(rest) > 0; {
			n, err := unix.Write(master, rest)
			if err != nil {
				b.Fatal(err)
			}
			rest = rest[n:]
		}
		for time.Since(start) < time.Duration(id)*500*time.Millisecond/time.Duration(agents) {
		}
	}
}

// lateness pairs each agent's beat with its stall.
func lateness(b *testing.B, r *rig, agents int) []int64 {
	beat := map[string]int64{}
	var late []int64
	for _, row := range r.rows() {
		at, err := strconv.ParseInt(row[0], 10, 64)
		if err != nil {
			b.Fatal(row)
		}
		switch row[1] {
		case "beat":
			beat[row[2]] = at
		case "stall":
			if !strings.HasPrefix(row[2], "bus/") {
				continue
			}
			id, err := strconv.Atoi(row[2][len("bus/"):])
			began, ok := beat[row[2]]
			if err != nil || !ok {
				b.Fatal("a stall without a beat: ", row)
			}
			late = append(late, at-began-int64(lateThreshold(id)))
		}
	}
	if len(late) != agents {
		b.Fatalf("%d stalls of %d, rows %v, counted %+v, log begins\n%.500s", len(late), agents,
			countKinds(r.rows()), r.o.loop.count, readLog(r.dir))
	}
	slices.Sort(late)
	if late[0] < 0 {
		b.Fatalf("a stall %d ns before its threshold", -late[0])
	}
	return late
}
