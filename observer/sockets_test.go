package observer

import (
	"strings"
	"testing"

	"vlpd/intake"
	"vlpd/sink"
	"vlpd/vlp"
)

// TestOpenSocketSparesTheLog: where other users may send, what they send wrong
// is a row a second, and all of it is counted. Where they may not, each is a row.
func TestOpenSocketSparesTheLog(t *testing.T) {
	for mode, most := range map[string]int{"0666": 3, "0600": 50} {
		r := newRig(t, sink.OS, "--socket", "DIR/s", "--socket-mode", mode, "--threshold-ms", "60000", "--export-file", "DIR/log",
			"--prom-addr", "127.0.0.1:0", "--prom-anonymous")
		r.start()
		s := newSender(t, r.dir+"/s")
		for range 50 {
			sendRaw(t, s, strings.Repeat("x", vlp.Size))
		}
		s.beat(t)
		eventually(t, "all received", func() bool { return r.received() == 51 })
		r.stop()
		rows := strings.Count(readLog(r.dir), "\tdecode\t")
		if c := &r.o.loop.count.sources[0]; rows < 1 || rows > most || mode == "0600" && rows != most || c.dropped[intake.Decode] != 50 || c.beats != 1 {
			t.Errorf("mode %s: %d rows, counted %+v", mode, rows, c)
		}
	}
}
