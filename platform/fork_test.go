package platform

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// forked is a child whose stdout and stderr are one pipe.
type forked struct {
	pid    int32
	pidfd  int
	output *os.File
	report *os.File
}

func fork(t *testing.T, paths, argv, env []string) *forked {
	t.Helper()
	list := func(s []string) []*byte {
		p, err := CStrings(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	output, out := pipe(t)
	report, rep := pipe(t)
	f := &Fork{
		Paths: list(paths), Argv: list(argv), Envp: list(env),
		Stdin: int(null.Fd()), Stdout: int(out.Fd()), Stderr: int(out.Fd()), Report: int(rep.Fd()),
	}
	pid, pidfd, err := f.Start()
	if err != nil {
		t.Fatal(err)
	}
	null.Close()
	out.Close()
	rep.Close()
	return &forked{pid, pidfd, output, report}
}

func pipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	w.Fd() // blocking, as a child expects it
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// end waits for the child, and returns what it wrote and its report.
func (c *forked) end(t *testing.T) (status unix.WaitStatus, output string, call string, errno unix.Errno) {
	t.Helper()
	said, err := io.ReadAll(c.output)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := io.ReadAll(c.report)
	if err != nil {
		t.Fatal(err)
	}
	if len(rep) != 0 && len(rep) != ForkReportSize {
		t.Fatalf("a report of %d bytes", len(rep))
	}
	if len(rep) != 0 {
		call, errno = ForkReport((*[ForkReportSize]byte)(rep))
	}
	if c.pidfd >= 0 {
		unix.Close(c.pidfd)
	}
	for err = unix.EINTR; err == unix.EINTR; {
		_, err = unix.Wait4(int(c.pid), &status, 0, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return status, string(said), call, errno
}

func TestForkBecomesTheProgram(t *testing.T) {
	c := fork(t, []string{"/nowhere", "/bin/sh"}, []string{"zero", "-c", "echo $0 $1 $A; exec >&2; echo $#; exit 7", "one", "two"}, []string{"A=b"})
	if pgid, err := unix.Getpgid(int(c.pid)); err != nil || pgid != int(c.pid) {
		t.Errorf("process group %d, %v, want %d", pgid, err, c.pid)
	}
	status, out, call, errno := c.end(t)
	if status.ExitStatus() != 7 || out != "one two b\n1\n" || call != "" {
		t.Errorf("status %d, output %q, report %s %v", status.ExitStatus(), out, call, errno)
	}
}

func TestForkReports(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{"plain": 0o644, "noise": 0o755} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("neither a script nor ELF\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		paths string
		want  unix.Errno
	}{
		{"none", unix.ENOENT},
		{"plain", unix.EACCES},
		{"none plain none", unix.EACCES}, // not forgotten
		{"plain noise", unix.ENOEXEC},    // and looked for on
		{"noise plain", unix.ENOEXEC},    // no shell, no further
		{"noise/x none", unix.ENOENT},
		{"none noise/x", unix.ENOTDIR},
		{"", unix.ENOENT},
	} {
		var paths []string
		for name := range strings.FieldsSeq(c.paths) {
			paths = append(paths, filepath.Join(dir, name))
		}
		status, out, call, errno := fork(t, paths, []string{"x"}, nil).end(t)
		if status.ExitStatus() != 127 || call != "execve" || errno != c.want || out != "" {
			t.Errorf("%q: status %d, report %s %v, output %q; want execve %v", c.paths, status.ExitStatus(), call, errno, out, c.want)
		}
	}
}

// What the child has for signals and limits is what a shell would give it, and
// not what Go does with its own.
func TestForkLeavesNothingOfGo(t *testing.T) {
	signal.Ignore(unix.SIGPIPE, unix.SIGHUP)
	defer signal.Reset(unix.SIGPIPE, unix.SIGHUP)
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		t.Fatal(err)
	}
	defer unix.Setrlimit(unix.RLIMIT_NOFILE, &files)
	unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: files.Max - 1, Max: files.Max}) // as Go does
	status, out, _, _ := fork(t, []string{"/bin/cat"}, []string{"cat", "/proc/self/status", "/proc/self/limits"}, nil).end(t)
	if status != 0 {
		t.Fatalf("cat: status %d, %s", status, out)
	}
	seen := 0
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "Max open files"):
			if want := strconv.Itoa(int(min(1024, files.Max))); f[3] != want {
				t.Errorf("open files: %v, want %s", f, want)
			}
			seen++
		case f[0] == "SigBlk:" || f[0] == "SigIgn:" || f[0] == "SigCgt:" || f[0] == "ShdPnd:":
			if seen++; strings.Trim(f[1], "0") != "" {
				t.Errorf("%v, want none", f)
			}
		}
	}
	if seen != 5 {
		t.Errorf("%d of 5 lines in %q", seen, out)
	}
}

// Descriptors that are not close-on-exec come to us from whoever started us.
func TestForkGivesNoDescriptorsAway(t *testing.T) {
	if !closes(t) {
		t.Skip("before Linux 5.9 they stay")
	}
	for _, from := range []int{3, 500} { // below the report and above it
		fd, err := unix.FcntlInt(0, unix.F_DUPFD, from)
		if err != nil {
			t.Fatal(err)
		}
		defer unix.Close(fd)
	}
	_, out, _, _ := fork(t, []string{"/bin/sh"}, []string{"sh", "-c", "ls /proc/$$/fd; :"}, []string{"PATH=/bin:/usr/bin"}).end(t)
	if out != "0\n1\n2\n" {
		t.Errorf("descriptors %q, want 0, 1 and 2", out)
	}
}

func TestForkOfManyAtOnce(t *testing.T) {
	const many = 300
	garbage := make(chan struct{})
	go func() { // a collector at work at every moment of the fork
		defer close(garbage)
		for range 40 {
			runtime.GC()
		}
	}()
	var all []*forked
	for range many {
		all = append(all, fork(t, []string{"/bin/true", "/usr/bin/true"}, []string{"true"}, nil))
	}
	<-garbage
	for _, c := range all {
		if status, out, call, errno := c.end(t); status != 0 || out != "" || call != "" {
			t.Fatalf("status %d, %q, %s %v", status, out, call, errno)
		}
	}
}

func TestForkErrors(t *testing.T) {
	if _, err := CStrings([]string{"ok", "a\x00b"}); !errors.Is(err, unix.EINVAL) {
		t.Errorf("a NUL within: %v, want EINVAL", err)
	}
	var b [ForkReportSize]byte
	binary.NativeEndian.PutUint32(b[:], forkDup3)
	binary.NativeEndian.PutUint32(b[4:], uint32(unix.EBADF))
	if call, e := ForkReport(&b); call != "dup3" || e != unix.EBADF {
		t.Errorf("report of dup3: %s %v", call, e)
	}
}
