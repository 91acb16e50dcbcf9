package observer

import (
	"runtime"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/sink"
	"vlpd/vlp"
)

// mallocs counts the heap allocations of the whole process while f runs: those
// of the loop, of the log's writer and of everybody else.
func mallocs(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.Mallocs - before.Mallocs
}

// beats is how many beats the tests below send: with -short fewer, so that the
// ordinary run takes seconds.
func beats() int {
	if testing.Short() {
		return 200_000
	}
	return 10_000_000
}

// allowed is for what the runtime and the test itself do meanwhile, whatever
// the number of beats is.
const allowed = 200

// TestBeatsFromSocketAllocateNothing: from the datagram to the row on disk.
func TestBeatsFromSocketAllocateNothing(t *testing.T) {
	skipUnderRace(t)
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "60000",
		"--export-file", "DIR/log", "--export-file-max-bytes", "4000000", "--export-file-sync-kinds", "none")
	r.start()
	s := newSender(t, r.dir+"/s")
	send := func(n int) {
		for range n {
			s.beat(t)
		}
	}
	send(100_000) // rotations included, everything has been used once
	n := beats()
	got := mallocs(func() { send(n) })
	r.stop()
	st := r.o.stats
	t.Logf("%d beats, %d allocations; log: %d rows, %d lost in the ring, %d syncs, %d rotations", n, got,
		st.Records.Load(), st.LostRing.Load(), st.Syncs.Load(), st.Rotations.Load())
	if got > allowed {
		t.Errorf("%d allocations in %d beats", got, n)
	}
	if c := r.o.loop.count.sources[0].beats; c != uint64(n+100_000) {
		t.Errorf("%d beats accepted of %d", c, n+100_000)
	}
}

// TestBeatsFromLineAllocateNothing: from the tty to the row on disk.
func TestBeatsFromLineAllocateNothing(t *testing.T) {
	skipUnderRace(t)
	master, slave := openPTY(t)
	defer unix.Close(master)
	r := newRig(t, sink.OS, "--serial", "bus="+slave, "--threshold-ms", "60000",
		"--export-file", "DIR/log", "--export-file-max-bytes", "4000000", "--export-file-sync-every", "20000")
	r.start()
	f := vlp.Frame{PID: 7}
	var wire []byte
	send := func(n int) {
		for range n / 100 {
			wire = wire[:0]
			for range 100 {
				f.Nonce++
				wire = vlp.Append(append(wire, "noise"...), &f)
			}
			for rest := wire; len(rest) > 0; {
				k, err := unix.Write(master, rest)
				if err != nil {
					t.Fatal(err)
				}
				rest = rest[k:]
			}
		}
	}
	eventually(t, "line up", func() bool { return readLog(r.dir) != "" && containsUp(r.dir) })
	send(100_000)
	n := beats() / 10
	got := mallocs(func() { send(n) })
	r.stop()
	t.Logf("%d beats, %d allocations", n, got)
	if got > allowed {
		t.Errorf("%d allocations in %d beats", got, n)
	}
	if c := r.o.loop.count.sources[0].beats; c != uint64(n+100_000) {
		t.Errorf("%d beats accepted of %d", c, n+100_000)
	}
}

// TestScrapesAllocateNothing: a page of many agents, rendered again and again.
func TestScrapesAllocateNothing(t *testing.T) {
	skipUnderRace(t)
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "60000", "--tracker-capacity", "5000",
		"--prom-addr", "127.0.0.1:0", "--prom-anonymous", "--export-file", "DIR/log")
	defer r.o.close()
	l := r.o.loop
	for i := range 5000 {
		l.beat(0, &vlp.Frame{PID: uint32(1000 + i), Nonce: 1})
	}
	p := newPage(r.o, l.notes.format)
	buf := make([]byte, 0, 8<<10)
	scrape := func() (bytes int) {
		p.Begin()
		for more := true; more; {
			var out []byte
			out, more = p.Render(buf)
			bytes += len(out)
		}
		return bytes
	}
	size := scrape()
	if got := testing.AllocsPerRun(50, func() { scrape() }); got != 0 {
		t.Errorf("%v allocations a scrape of %d bytes", got, size)
	}
	t.Logf("%d bytes a page of %s agents", size, strconv.Itoa(5000))
}
