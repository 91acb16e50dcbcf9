package liveness

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func content(path string) string {
	text, _ := os.ReadFile(path)
	return string(text)
}

func only(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("folder holds %v, %v, want %s alone", entries, err, name)
	}
}

func TestHeartbeatFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "beat")
	k, err := Start(Options{HeartbeatPath: path})
	if err != nil {
		t.Fatal(err)
	}
	k.Answer(1, 500)
	eventually(t, "the first turn is in the file", func() bool { return content(path) == "1 500\n" })
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o644&^umask() {
		t.Errorf("mode %v", st.Mode())
	}
	if at := k.Deadline(); at != 500+HeartbeatEveryNS {
		t.Errorf("deadline %d", at)
	}
	k.Answer(2, k.Deadline()-1) // too early
	k.Answer(3, k.Deadline())
	eventually(t, "the third turn is in the file", func() bool { return content(path) == "3 1000000500\n" })
	k.Answer(4, k.Deadline()-1)
	k.Stopping()
	k.Close()
	k.Close()
	if got := content(path); got != "3 1000000500\n" {
		t.Errorf("after the end: %q", got)
	}
	only(t, dir, "beat")
}

func umask() os.FileMode {
	m := unix.Umask(0)
	unix.Umask(m)
	return os.FileMode(m)
}

// What the writer did not fetch gives way to newer numbers, and the loop goes on.
func TestHeartbeatWriterIsStuck(t *testing.T) {
	h := newHeartbeat(&Options{HeartbeatPath: "/nowhere"})
	for turn := range uint64(5) {
		h.offer(pulse{turn, int64(turn)})
	}
	if p := <-h.beats; p.turn != 4 || len(h.beats) != 0 {
		t.Errorf("turn %d waits and %d more, want the fourth alone", p.turn, len(h.beats))
	}
}

func TestHeartbeatReplacesWhatIsLeft(t *testing.T) {
	dir := t.TempDir()
	path, victim := filepath.Join(dir, "beat"), filepath.Join(t.TempDir(), "victim")
	os.WriteFile(victim, []byte("precious"), 0o600)
	f := newHeartbeatFile(path)
	for _, leave := range []func(tmp string) error{
		func(tmp string) error { return os.WriteFile(tmp, []byte("old"), 0o400) },
		func(tmp string) error { return os.Symlink(victim, tmp) },
		func(tmp string) error { return os.Link(victim, tmp) },
	} {
		if err := leave(tmpName(path, os.Getpid())); err != nil {
			t.Fatal(err)
		}
		if err := f.write([]byte("7 8\n")); err != nil {
			t.Error(err)
		}
		if content(path) != "7 8\n" || content(victim) != "precious" {
			t.Errorf("file %q, victim %q", content(path), content(victim))
		}
	}
	only(t, dir, "beat")
}

func TestHeartbeatErrors(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "folder")
	os.Mkdir(folder, 0o755)
	for _, c := range []struct {
		path, call string
		is         error
	}{
		{filepath.Join(dir, "none", "beat"), "open", unix.ENOENT},
		{folder, "rename", unix.EISDIR},
	} {
		f := newHeartbeatFile(c.path)
		err := f.write([]byte("1 2\n"))
		var at *os.SyscallError
		if !errors.Is(err, c.is) || !errors.As(err, &at) || at.Syscall != c.call || !strings.HasPrefix(err.Error(), c.path+": ") {
			t.Errorf("%s: %v, want %s: %v", c.path, err, c.call, c.is)
		}
	}
	only(t, dir, "folder") // no half file
}

func TestHeartbeatErrorsAreLimited(t *testing.T) {
	var told said
	h := newHeartbeat(&Options{HeartbeatPath: "/x", Say: told.say})
	now := int64(0)
	h.clock = func() int64 { return now }
	for i := range 11 {
		now = int64(i) * 100 * milli
		if i == 10 {
			now = second
		}
		if i != 5 {
			h.complain(errShort)
		}
	}
	const line = "error: heartbeat file write error: write: fewer bytes taken than given"
	if want := line + "\n" + line + " (suppressed 8)"; told.text() != want {
		t.Errorf("said\n%s\nwant\n%s", told.text(), want)
	}
	if n := h.suppressed.Load(); n != 8 {
		t.Errorf("%d suppressed, want 8", n)
	}
}

// A folder that is not there is no reason to stop: it is said.
func TestHeartbeatWithoutAFolder(t *testing.T) {
	var told said
	k, err := Start(Options{HeartbeatPath: "/dev/none/beat", Say: told.say})
	if err != nil {
		t.Fatal(err)
	}
	k.Answer(1, 0)
	eventually(t, "the error is said", func() bool { return told.text() != "" })
	if want := "error: heartbeat file write error: /dev/none/beat: open: "; !strings.HasPrefix(told.text(), want) {
		t.Errorf("said %q, want %q", told.text(), want)
	}
	k.Close()
}

func TestHeartbeatAllocatesNothing(t *testing.T) {
	f := newHeartbeatFile(filepath.Join(t.TempDir(), "beat"))
	text := []byte(strconv.Itoa(12345) + " 1\n")
	if n := testing.AllocsPerRun(100, func() {
		if err := f.write(text); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations a write", n)
	}
}
