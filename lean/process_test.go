package lean

import (
	"errors"
	"io"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestStartGivesTheChildItsFiles(t *testing.T) {
	t.Setenv("LEAN_TEST", "inherited")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	pid, err := Start("/bin/sh", []string{"sh", "-c", "echo $0 $1 $LEAN_TEST; echo $$ >&2", "zero", "one"}, Closed, w.Fd(), w.Fd())
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	said, _ := io.ReadAll(r)
	if err := Wait(pid); err != nil {
		t.Errorf("Wait: %v", err)
	}
	if want := "zero one inherited\n"; string(said[:min(len(want), len(said))]) != want {
		t.Errorf("the child said %q, want %q first", said, want)
	}
}

func TestWaitTellsHowTheChildFailed(t *testing.T) {
	for script, want := range map[string]string{
		"exit 0": "", "exit 3": "exit status 3", "kill -9 $$": "signal 9",
	} {
		pid, err := Start("/bin/sh", []string{"sh", "-c", script})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := Wait(pid); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", script, got, want)
		}
	}
}

func TestStartOfWhatIsNotThere(t *testing.T) {
	pid, err := Start("/nowhere/at/all", []string{"x"})
	if pid != 0 || !errors.Is(err, unix.ENOENT) {
		t.Errorf("got pid %d, %v, want ENOENT", pid, err)
	}
	if err := Wait(1 << 22); !errors.Is(err, unix.ECHILD) {
		t.Errorf("Wait for a stranger: got %v, want ECHILD", err)
	}
}
