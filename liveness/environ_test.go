package liveness

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestWatchdogTime(t *testing.T) {
	const self = 77
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{
		{"", "", 0}, {"0", "", 0}, {"30000000", "", 30 * time.Second}, {"1", "77", time.Microsecond},
		{"30000000", "77", 30 * time.Second},
		{"30000000", "78", 0}, {"30000000", "0", 0}, {"30000000", "x", 0}, {"30000000", "-77", 0},
		{"x", "77", 0}, {"-1", "", 0}, {"+1", "", 0}, {"1.5", "", 0}, {" 1", "", 0},
		{"9223372036854775", "", 9223372036854775 * time.Microsecond}, {"9223372036854776", "", 0}, {"18446744073709551615", "", 0},
		{"30000000", "4294967373", 0}, // 77 in 32 bits
	} {
		if got := watchdogTime(c.usec, c.pid, self); got != c.want {
			t.Errorf("WATCHDOG_USEC=%q WATCHDOG_PID=%q: %v, want %v", c.usec, c.pid, got, c.want)
		}
	}
}

func TestEnviron(t *testing.T) {
	for _, name := range NotForChildren {
		t.Setenv(name, "")
	}
	if socket, d, err := Environ(); err != nil || socket != "" || d != 0 {
		t.Errorf("nothing set: %q, %v", socket, d)
	}
	t.Setenv("NOTIFY_SOCKET", "@x")
	t.Setenv("WATCHDOG_USEC", "2000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	if socket, d, err := Environ(); err != nil || socket != "@x" || d != 2*time.Second {
		t.Errorf("got %q, %v", socket, d)
	}
	t.Setenv("WATCHDOG_PID", "1")
	if socket, d, err := Environ(); err != nil || socket != "@x" || d != 0 {
		t.Errorf("another's watchdog: %q, %v", socket, d)
	}
	t.Setenv("WATCHDOG_USEC", "2s")
	if socket, d, err := Environ(); socket != "@x" || d != 0 || err == nil || !strings.Contains(err.Error(), `"2s"`) {
		t.Errorf("no number: %q, %v, %v", socket, d, err)
	}
}
