package children

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestChildView is what the original's child was seen to get, and what it
// should have got: stdin, descriptors, process group.
func TestChildView(t *testing.T) {
	fd, err := unix.FcntlInt(0, unix.F_DUPFD, 100) // came from whoever started us
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	g := newRig(t, Options{CaptureSet: true, Capture: 10000}, true)
	script := filepath.Join(g.dir, "view")
	text := `#!/bin/sh
echo "$#"
for a; do echo "<$a>"; done
tr '\0' '\n' </proc/$$/environ
echo .
ls /proc/$$/fd
readlink /proc/$$/fd/0 /proc/$$/cwd
umask
cut -d ' ' -f 4-6 /proc/$$/stat
`
	if err := os.WriteFile(script, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	g.env = Environ(false, []string{"A=B=C", "OUT=1", "OUT=2"})
	c := g.command(Split(script + "  {pid} pre{pid}post\t'a b' {PID} $HOME ")...)
	g.r.Start(Request{Token: 1, Command: c, Argv: c.Fill(&Values{PID: "17365"})})
	got := g.await(1, Ended)
	wd, _ := os.Getwd()
	mask := unix.Umask(0)
	unix.Umask(mask)
	sid, _ := unix.Getsid(0)
	want := "7\n<17365>\n<pre17365post>\n<'a>\n<b'>\n<{PID}>\n<$HOME>\n"
	want = strings.Replace(want, "7", "6", 1) +
		"PATH=/usr/bin:/bin\nA=B=C\nOUT=2\n.\n" +
		"0\n1\n10\n2\n" + // 10 is the shell's own, of the script
		"/dev/null\n" + wd + "\n" +
		fmt.Sprintf("%04o\n", mask) +
		fmt.Sprintf("%d %d %d\n", os.Getpid(), got.PID, sid)
	if string(got.Tail) != want {
		t.Errorf("the child saw\n%s\nwant\n%s", got.Tail, want)
	}
	if got.Stdout != uint64(len(want)) || got.Stderr != 0 {
		t.Errorf("%d and %d bytes, want %d and 0", got.Stdout, got.Stderr, len(want))
	}
}

// Without capture the child prints where we do. It never reads what we could.
func TestInheritedOutput(t *testing.T) {
	g := newRig(t, Options{}, true)
	out, err := os.Create(filepath.Join(g.dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	in := filepath.Join(g.dir, "in")
	if err := os.WriteFile(in, []byte("what is typed here\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	typed, err := os.Open(in)
	if err != nil {
		t.Fatal(err)
	}
	defer typed.Close()
	for fd, file := range []*os.File{typed, out, out} {
		was, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 3)
		if err != nil {
			t.Fatal(err)
		}
		unix.Dup3(int(file.Fd()), fd, 0)
		defer func() {
			unix.Dup3(was, fd, 0)
			unix.Close(was)
		}()
	}
	r := g.run("echo out; echo err >&2; cat")
	said, err := os.ReadFile(out.Name())
	if err != nil || string(said) != "out\nerr\n" || r.Stdout != 0 || r.Tail != nil {
		t.Errorf("printed %q, %v; result %+v", said, err, r)
	}
}

// What the child has for PATH decides, as execvp does, at the time of the run.
func TestProgramIsLookedForInTheChildsPath(t *testing.T) {
	g := newRig(t, Options{CaptureSet: true, Capture: 100}, true)
	for i, dir := range []string{"a", "b"} {
		os.Mkdir(filepath.Join(g.dir, dir), 0o700)
		os.WriteFile(filepath.Join(g.dir, dir, "tool"), []byte("#!/bin/sh\necho "+dir+"\n"), 0o644+os.FileMode(i)*0o111)
	}
	path := "PATH=" + g.dir + "/none:" + g.dir + "/a:" + g.dir + "/b"
	g.env = Environ(true, []string{path})
	c := g.command("tool", "x")
	for _, want := range []string{"b\n", "a\n"} { // a is found first, when it may be executed
		g.start(1, c)
		if got := g.await(1, Ended); string(got.Tail) != want {
			t.Errorf("ran %q, want %q", got.Tail, want)
		}
		g.results = nil
		os.Chmod(filepath.Join(g.dir, "a/tool"), 0o755)
	}
}

// A long way through PATH is the child's own affair, and one that hangs in
// execve is nobody's: Start returns, others run, and its time runs out.
func TestHungExec(t *testing.T) {
	both(t, func(t *testing.T, pidfds bool) {
		g := newRig(t, Options{Timeout: 1 << 40, KillAfter: 1 << 40}, pidfds)
		program := filepath.Join(g.dir, "program")
		if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 5\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		lease, err := os.Open(program)
		if err != nil {
			t.Fatal(err)
		}
		defer lease.Close()
		// Whoever opens the file waits until the lease is given up; fcntl(2).
		if _, err := unix.FcntlInt(lease.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
			t.Skipf("no leases on this file system: %v", err)
		}
		var dirs []string
		for i := range 5000 {
			dirs = append(dirs, "/nowhere"+strconv.Itoa(i))
		}
		g.env = Environ(false, []string{"PATH=" + strings.Join(dirs, ":") + ":" + g.dir})
		g.start(1, g.command("program", "x"))
		g.env = Environ(false, nil)
		g.start(2, g.command("exit 6"))
		if r := g.await(2, Ended); r.ExitCode != 6 {
			t.Errorf("the other one: %+v", r)
		}
		if len(g.results) != 2 || g.r.Running() != 1 {
			t.Fatalf("%d running; results %+v, want those of 2", g.r.Running(), g.results)
		}
		g.pass(1 << 41)
		got := g.await(1, SpawnFailed)
		if got.Call != "execve" || got.Errno != unix.ETIMEDOUT || !got.TimedOut || len(g.results) != 3 {
			t.Errorf("hung: %+v of %+v; want execve: ETIMEDOUT", got, g.results)
		}
	})
}
