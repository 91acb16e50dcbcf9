package observer

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"vlpd/config"
	"vlpd/trust"
)

// TestOtherFDs: pidfds of agents leave room for lines and commands.
func TestOtherFDs(t *testing.T) {
	const socket, line = "--socket=s", "--serial=a=/dev/ttyS9"
	for _, tt := range []struct {
		argv []string
		want uint64
	}{
		{[]string{socket}, 2*trust.Reserve + 1},
		{[]string{socket, line, "--serial=b=/dev/ttyS8"}, 2*trust.Reserve + 3},
		{[]string{socket, "--recovery-exec=true"}, 2*trust.Reserve + 1 + 32*4},
		{[]string{socket, "--recovery-exec=true", "--recovery-max=3"}, 2*trust.Reserve + 1 + 3*4},
	} {
		c, err := config.Parse(append(tt.argv, "--threshold-ms=100"))
		if err != nil {
			t.Fatal(err)
		}
		if got := otherFDs(&c); got != tt.want {
			t.Errorf("%v: %d, want %d", tt.argv, got, tt.want)
		}
	}
}

// TestRefusedTellsSender: who wonders whose frames are refused, or beats from a
// container where it has another number, reads whom to look at.
func TestRefusedTellsSender(t *testing.T) {
	c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "60000")
	s := newSender(t, c.dir+"/s")
	s.f.PID = uint32(os.Getppid())
	s.beat(t)
	want := "agent " + strconv.Itoa(os.Getppid()) + ": frame refused: auth_failure: process " + strconv.Itoa(os.Getpid()) + ` sent it"`
	eventually(t, want, func() bool { return strings.Contains(c.said(), want) })
}
