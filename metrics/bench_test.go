package metrics

import (
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// threadCPU is what this thread has used; on a machine with other work it says
// more than the time on the wall.
func threadCPU(b *testing.B) time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkRows(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const agents = 65536
	page := agentPage(agents)()
	buf := make([]byte, 0, SliceBytes)
	parts, bytes, start := 0, 0, threadCPU(b)
	for b.Loop() {
		page.Begin()
		for more := true; more; {
			var out []byte
			out, more = page.Render(buf)
			parts, bytes = parts+1, bytes+len(out)
		}
	}
	cpu := float64(threadCPU(b) - start)
	b.ReportMetric(cpu/float64(b.N)/(agents*float64(len(agentFamilies))), "cpu-ns/row")
	b.ReportMetric(cpu/float64(parts), "cpu-ns/slice")
	b.ReportMetric(float64(bytes)/float64(b.N), "bytes/page")
}

// BenchmarkByHand writes the rows of one family with nothing but appends: what
// BenchmarkRows could come to at best.
func BenchmarkByHand(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const rows = 100
	buf := make([]byte, 0, SliceBytes)
	start := threadCPU(b)
	for b.Loop() {
		dst := buf
		for i := range uint64(rows) {
			dst = append(dst, "varta_beats_total{pid=\""...)
			dst = strconv.AppendUint(dst, 1000+i, 10)
			dst = append(dst, "\"} "...)
			dst = append(strconv.AppendUint(dst, i*977, 10), '\n')
		}
	}
	b.ReportMetric(float64(threadCPU(b)-start)/float64(b.N)/rows, "cpu-ns/row")
}

// BenchmarkScrape is a whole scrape over loopback, client included.
func BenchmarkScrape(b *testing.B) {
	for _, c := range []struct {
		name   string
		agents int
	}{{"10agents", 10}, {"256agents", 256}, {"4096agents", 4096}} {
		b.Run(c.name, func(b *testing.B) {
			s := newScraper(b, Options{Auth: Bearer(testToken), NewPage: agentPage(c.agents)})
			s.scrape()
			b.ReportAllocs()
			for b.Loop() {
				s.scrape()
			}
		})
	}
}

// BenchmarkWork tells how long one call of Work holds the loop, rendering and
// sending to a client that reads at once.
func BenchmarkWork(b *testing.B) {
	s := newScraper(b, Options{Auth: Bearer(testToken), NewPage: agentPage(65536)})
	calls := make([]time.Duration, 0, 1<<20)
	work := s.s.Work
	for b.Loop() {
		s.scrapeWith(func() {
			for more := true; more; {
				start := time.Now()
				more = work(s.clock())
				calls = append(calls, time.Since(start))
			}
		})
	}
	slices.Sort(calls)
	for _, q := range []struct {
		name string
		at   float64
	}{{"p50-us", .5}, {"p99-us", .99}, {"p99.9-us", .999}} {
		b.ReportMetric(float64(calls[int(float64(len(calls)-1)*q.at)].Nanoseconds())/1e3, q.name)
	}
}
