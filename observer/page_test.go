package observer

import (
	"strconv"
	"strings"
	"testing"

	"vlpd/metrics"
	"vlpd/sink"
)

// TestPageOfUglyNames: labels that are all escapes keep to a step's room.
func TestPageOfUglyNames(t *testing.T) {
	t.Chdir(t.TempDir())
	argv := []string{"--threshold-ms", "60000", "--prom-addr", "127.0.0.1:0", "--prom-anonymous"}
	for i := range 10 {
		argv = append(argv, "--socket", strings.Repeat("\\", 106)+strconv.Itoa(i))
	}
	r := newRig(t, sink.OS, argv...)
	defer r.o.close()
	p := newPage(r.o, r.o.loop.notes.format)
	for size := 2 * metrics.StepBytes; size <= metrics.SliceBytes; size += 7 { // all that Render gets
		p.Begin()
		room := make([]byte, 0, size)
		for more := true; more; {
			var out []byte
			if out, more = p.Render(room); cap(out) != size {
				t.Fatalf("%d bytes in a slice of %d", len(out), size)
			}
		}
	}
}
