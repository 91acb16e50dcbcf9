package observer

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/diag"
	"vlpd/sink"
	"vlpd/vlp"
)

// TestCookedLineIsRestored: a program cooks an open line, so that a device is
// silent for us alone. The stall is told, and with it the line is set again,
// which brings what was held back. Who does it again is not told each time.
func TestCookedLineIsRestored(t *testing.T) {
	master, slave := openPTY(t)
	r := newRig(t, sink.OS, "--serial", "bus="+slave, "--threshold-ms", "100", "--export-file", "DIR/log")
	r.start()
	eventually(t, "the line is up", func() bool { return containsUp(r.dir) })
	cook := func() {
		fd, err := unix.Open(slave, unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
		tio, err := unix.IoctlGetTermios(fd, unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		tio.Lflag |= unix.ICANON | unix.ECHO
		if err := unix.IoctlSetTermios(fd, unix.TCSETS, tio); err != nil {
			t.Fatal(err)
		}
	}
	f := vlp.Frame{PID: 9}
	beat := func() {
		f.Nonce++
		if _, err := unix.Write(master, vlp.Append(nil, &f)); err != nil {
			t.Fatal(err)
		}
	}
	beat()
	eventually(t, "a beat", func() bool { return countKinds(r.rows())["beat"] == 1 })
	for round := 1; round <= 2; round++ {
		cook()
		beat()
		eventually(t, "the device is back", func() bool { return countKinds(r.rows())["recovered"] == round })
	}
	r.stop()
	if got := strings.Count(readLog(r.dir), "\tline\tbus\t-\tup\trestored\n"); got != 1 {
		t.Errorf("%d rows that it was restored, want 1", got)
	}
}

// TestSpeedNotSet: a driver that sets another speed is told of, once for each
// speed; what a divider rounds is not.
func TestSpeedNotSet(t *testing.T) {
	_, slave := openPTY(t)
	r := newRig(t, sink.OS, "--serial", "bus="+slave+",4000000", "--threshold-ms", "100", "--export-file", "DIR/log")
	var said []byte
	l := r.o.loop
	log := diag.New(diag.Options{Name: "test", Wall: time.Now, Write: func(p []byte) (int, error) {
		said = append(said, p...)
		return len(p), nil
	}})
	l.notes.log = log
	for _, baud := range []int{4_000_000, 0, 3_980_000, 4_119_000, 9600, 9600, 115_200} {
		l.busy[0].baud = baud
		l.explainSpeed(0)
	}
	log.Close(time.Second)
	for _, want := range []string{"set 9600 baud, and not the 4000000 asked for", "set 115200 baud, and not the 4000000 asked for"} {
		if strings.Count(string(said), want) != 1 {
			t.Errorf("expected %q once", want)
		}
	}
	if n := strings.Count(string(said), "baud"); n != 2 {
		t.Errorf("%d lines, expected 2:\n%s", n, said)
	}
	r.o.close()
}
