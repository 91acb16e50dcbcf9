package event

import (
	"math"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestErrnoName compares with x/sys, which has two under other names.
func TestErrnoName(t *testing.T) {
	others := map[string]string{"EOPNOTSUPP": "ENOTSUP", "EUCLEAN": "EFSCORRUPTED"}
	named := 0
	for errno := range uint16(4096) {
		got, want := errnoName(errno), unix.ErrnoName(syscall.Errno(errno))
		if got != want && others[got] != want {
			t.Errorf("errno %d: got %q, want %q", errno, got, want)
		}
		if got != "" {
			named++
		}
	}
	if named != 132 {
		t.Errorf("%d names, want 132", named)
	}
	if got := errnoName(math.MaxUint16); got != "" {
		t.Errorf("errno 65535: got %q", got)
	}
}
