package observer

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

// TestStopLosesNoBeat: whatever the kernel took for us before it began to
// refuse is a row, or counted in one, however close to the signal it was sent.
func TestStopLosesNoBeat(t *testing.T) {
	for range 12 {
		c := startChild(t, "--socket", "DIR/s", "--threshold-ms", "60000", "--export-file", "DIR/log")
		s := newSender(t, c.dir+"/s")
		sent := make(chan int)
		go func() {
			n := 0
			for {
				f := vlp.Frame{PID: s.f.PID, Nonce: uint64(n + 1), Timestamp: uint64(n + 1)}
				if _, err := unix.Write(s.fd, vlp.Append(s.buf[:0], &f)); err != nil {
					sent <- n
					return
				}
				if n++; n == 3000 {
					c.Process.Signal(syscall.SIGTERM)
				}
			}
		}()
		told := <-sent
		if c.Wait(); c.ProcessState.ExitCode() != 0 {
			t.Errorf("exit code %d: %s", c.ProcessState.ExitCode(), c.said())
		}
		heard := strings.Count(c.log(), "\tbeat\t")
		for row := range strings.Lines(c.log()) {
			if col := strings.Split(row, "\t"); col[1] == "lost" {
				n, _ := strconv.Atoi(strings.Fields(col[5])[0])
				heard += n
			}
		}
		if heard != told {
			t.Errorf("%d beats of %d in the log", heard, told)
		}
	}
}

// TestStoppedTerminal: a stdout that takes nothing delays the start, and no more.
func TestStoppedTerminal(t *testing.T) {
	_, slave := openPTY(t)
	tty, err := os.OpenFile(slave, os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	if err := unix.IoctlSetInt(int(tty.Fd()), unix.TCXONC, unix.TCOOFF); err != nil {
		t.Fatal(err)
	}
	c := startChildOn(t, tty, "--socket", "DIR/s", "--threshold-ms", "60000", "--prom-addr", "127.0.0.1:0", "--prom-anonymous")
	if !strings.Contains(c.said(), "stdout does not take the address") || !strings.Contains(c.said(), "; metrics 127.0.0.1:") {
		t.Errorf("said %s", c.said())
	}
	if code := c.end(t, syscall.SIGTERM); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
