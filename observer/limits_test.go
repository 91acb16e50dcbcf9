package observer

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/intake"
	"vlpd/sink"
	"vlpd/vlp"
)

// TestAgentRate: of beats that come all at once, the burst passes; then what is
// too fast is dropped and counted, but a critical beat is not.
func TestAgentRate(t *testing.T) {
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log", "--max-beat-rate", "1", "--prom-addr", "127.0.0.1:0", "--prom-anonymous")
	r.start()
	s := newSender(t, r.dir+"/s")
	for range 50 {
		s.beat(t)
	}
	s.f.Status = vlp.Critical
	s.f.Nonce = vlp.Terminal - 1 // what a panic hook sends
	s.beat(t)
	eventually(t, "the critical beat", func() bool { return strings.Contains(readLog(r.dir), "\tcritical\t") })
	r.stop()
	c := &r.o.loop.count.sources[0]
	if c.beats < 11 || c.beats > 14 || c.dropped[intake.AgentRate] != 51-c.beats || c.received() != 51 {
		t.Errorf("counted %+v, want the burst of 10, the critical beat, and one a second", c)
	}
}

// TestGlobalRate: the limit is in frames a second (the original's fills a
// thousand times as fast), and refused frames count.
func TestGlobalRate(t *testing.T) {
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "60000", "--global-beat-rate", "1", "--global-beat-burst", "5",
		"--prom-addr", "127.0.0.1:0", "--prom-anonymous")
	r.start()
	s := newSender(t, r.dir+"/s")
	for range 20 {
		s.beat(t)
		sendRaw(t, s, strings.Repeat("x", vlp.Size))
	}
	eventually(t, "all received", func() bool { return r.received() == 40 })
	r.stop()
	c := &r.o.loop.count.sources[0]
	if passed := c.beats + c.dropped[intake.Decode]; passed < 5 || passed > 8 || c.dropped[intake.GlobalRate] != 40-passed {
		t.Errorf("counted %+v, want 5 to pass and one a second", c)
	}
}

// TestRefusedFlood: a process that sends garbage as fast as it can loses the
// right to be logged, and takes nothing from who beats well.
func TestRefusedFlood(t *testing.T) {
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log", "--max-beat-rate", "100",
		"--global-beat-rate", "5000", "--prom-addr", "127.0.0.1:0", "--prom-anonymous")
	r.start()
	s := newSender(t, r.dir+"/s")
	for i := range 2000 {
		sendRaw(t, s, strings.Repeat("x", vlp.Size))
		if i%500 == 0 {
			s.beat(t)
		}
	}
	eventually(t, "all received", func() bool { return r.received() == 2004 })
	r.stop()
	c := &r.o.loop.count.sources[0]
	if rows := countKinds(r.rows()); c.beats != 4 || rows["decode"] > 1000 || uint64(rows["decode"]) != c.dropped[intake.Decode] || c.dropped[intake.AgentRate] == 0 {
		t.Errorf("counted %+v, rows %v", c, rows)
	}
}

func sendRaw(t *testing.T, s *sender, text string) {
	t.Helper()
	if _, err := unix.Write(s.fd, []byte(text)); err != nil {
		t.Fatal(err)
	}
}

// received is what the first source got so far, by a scrape.
func (r *rig) received() uint64 {
	r.t.Helper()
	resp, err := http.Get("http://" + r.o.loop.server.Addr().String() + "/metrics")
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(page), "\nvarta_frames_received_total{")
	_, rest, _ = strings.Cut(rest, "} ")
	n, _, _ := strings.Cut(rest, "\n")
	v, err := strconv.ParseUint(n, 10, 64)
	if err != nil {
		r.t.Fatalf("%v in %.300s", err, page)
	}
	return v
}
