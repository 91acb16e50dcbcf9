package confine

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestMain lets the test binary be a process that gives something up.
func TestMain(m *testing.M) {
	if what := os.Getenv("CONFINE_PROBE"); what != "" {
		probe(what)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// probe does what a hostile observer would do, and prints what comes of it.
func probe(what string) {
	dir := os.Getenv("CONFINE_DIR")
	runtime.LockOSThread() // so that what follows in goroutines is done by other threads
	var text string
	err := NoNewPrivs()
	switch {
	case err != nil:
	case what == "fence":
		text, err = Fence()
	default:
		text, err = Sandbox([]Place{{"/proc", Read}, {"/dev", Device}, {dir + "/w", Write}, {dir + "/r", Read}})
	}
	say("confined", err)
	if err != nil {
		return // or PTRACE_TRACEME below would stop us at the next signal
	}
	os.Stdout.WriteString(text + "\n")
	try := func(name, path string, flags int) {
		fd, err := unix.Open(path, flags, 0o600)
		if err == nil {
			unix.Close(fd)
		}
		say(name, err)
	}
	done := make(chan bool)
	go func() { // on whatever thread
		try("read shadow", "/etc/shadow", unix.O_RDONLY)
		try("read key", dir+"/r/key", unix.O_RDONLY)
		try("write key", dir+"/r/key", unix.O_WRONLY)
		try("make beside key", dir+"/r/new", unix.O_WRONLY|unix.O_CREAT)
		try("make log", dir+"/w/log", unix.O_RDWR|unix.O_CREAT)
		try("null", "/dev/null", unix.O_RDONLY)
		say("rotate", unix.Rename(dir+"/w/log", dir+"/w/log.1"))
		say("cut", unix.Truncate(dir+"/w/log.1", 0))
		say("steal", unix.Rename(dir+"/r/key", dir+"/w/key"))
		say("remove", unix.Unlink(dir+"/w/log.1"))
		say("mkdir", unix.Mkdir(dir+"/w/dir", 0o700))
		done <- true
	}()
	<-done
	_, _, e := unix.Syscall6(unix.SYS_PTRACE, unix.PTRACE_TRACEME, 0, 0, 0, 0, 0)
	say("ptrace", errnoOr(e))
	_, err = unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	say("inet", err)
	_, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	say("unix", err)
	_, _, e = unix.Syscall(unix.SYS_MOUNT, 0, 0, 0)
	say("mount", errnoOr(e))
	_, _, e = unix.Syscall(unix.SYS_FUTEX_WAKE, 0, 0, 0) // newer than the list
	say("futex_wake", errnoOr(e))
	argv := []*byte{nil}
	_, _, e = unix.Syscall(unix.SYS_EXECVE, 0, uintptr(unsafe.Pointer(&argv[0])), 0)
	say("execve", errnoOr(e))
	say("run", exec.Command("/bin/true").Run())
}

func errnoOr(e unix.Errno) error {
	if e == 0 {
		return nil
	}
	return e
}

// say prints errno's name, or none.
func say(name string, err error) {
	word := "none"
	if err != nil {
		word = err.Error()
		if e, ok := errors.AsType[unix.Errno](err); ok {
			word = unix.ErrnoName(e)
		}
	}
	os.Stdout.WriteString(name + "=" + word + "\n")
}

// runProbe returns what a probe printed; it skips where this cannot be tried.
func runProbe(t *testing.T, what string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("an emulator has no seccomp; test/vm/privileges runs this on ARM")
	}
	dir := t.TempDir()
	for _, f := range []string{"w", "r"} {
		if err := os.Mkdir(filepath.Join(dir, f), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "r", "key"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), "CONFINE_PROBE="+what, "CONFINE_DIR="+dir)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if strings.HasPrefix(string(out), "confined=ENOTSUP") || strings.HasPrefix(string(out), "confined=EOPNOTSUPP") {
		t.Skip("a binary with cgo (the race detector) cannot change all its threads")
	}
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if strings.Contains(string(out), "no seccomp") || !strings.Contains(string(out), "seccomp") {
		t.Skipf("this kernel: %s", out)
	}
	return string(out)
}

func wantLines(t *testing.T, out string, want []string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains(out, "\n"+line+"\n") {
			t.Errorf("want %s in\n%s", line, out)
		}
	}
}

func TestSandboxRefuses(t *testing.T) {
	if Strict() || refusal>>16 != uint32(unix.SECCOMP_RET_ERRNO)>>16 {
		t.Skip("this build does not live to tell")
	}
	out := runProbe(t, "sandbox")
	wantLines(t, "\n"+out, []string{"confined=none", "ptrace=EPERM", "inet=EPERM", "unix=none", "mount=EPERM", "execve=EPERM",
		"futex_wake=ENOSYS", "mkdir=EPERM"})
	if strings.Contains(out, "run=none") {
		t.Error("a program was run")
	}
	if strings.Contains(out, "no Landlock") {
		t.Skip("no Landlock here")
	}
	wantLines(t, out, []string{"read shadow=EACCES", "read key=none", "write key=EACCES", "make beside key=EACCES", "make log=none", "null=none",
		"rotate=none", "remove=none"})
	if strings.Contains(out, "steal=none") {
		t.Error("a file was moved between folders")
	}
}

// A command may do all but what no command needs.
func TestFenceRefuses(t *testing.T) {
	out := runProbe(t, "fence")
	wantLines(t, "\n"+out, []string{"confined=none", "ptrace=EPERM", "inet=none", "unix=none", "mount=EFAULT", "execve=EFAULT", "run=none",
		"mkdir=none", "write key=none"})
}
