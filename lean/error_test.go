package lean

import (
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestErrorsSayAndAre(t *testing.T) {
	open := os.NewSyscallError("open", unix.ENOENT)
	for _, c := range []struct {
		err  error
		is   error
		want string
	}{
		{Mark("nothing there", unix.ENOENT), unix.ENOENT, "nothing there"},
		{Wrap("/x", open), unix.ENOENT, "/x: open: no such file or directory"},
		{Wrap("log", Wrap("/x", open)), os.ErrNotExist, "log: /x: open: no such file or directory"},
		{Wrap("log", Mark("ended", io.EOF)), io.EOF, "log: ended"},
	} {
		if c.err.Error() != c.want || !errors.Is(c.err, c.is) {
			t.Errorf("got %q, is %v: %t; want %q", c.err, c.is, errors.Is(c.err, c.is), c.want)
		}
	}
	if e, ok := errors.AsType[unix.Errno](Wrap("/x", open)); !ok || e != unix.ENOENT {
		t.Errorf("errno behind Wrap: got %v, %t", e, ok)
	}
}
