package intake

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

const nobody = 65534

// socketDir returns a short path that other users may enter.
func socketDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "in")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func listen(t testing.TB, c UnixConfig) *Unix {
	t.Helper()
	if c.Mode == 0 {
		c.Mode = 0o600
	}
	u, err := ListenUnix(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Close() })
	return u
}

// dial returns a connected sender.
func dial(t testing.TB, path string) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		t.Fatalf("connect %s: %v", path, err)
	}
	return fd
}

func frame(pid int, nonce uint64) []byte {
	return vlp.Append(nil, &vlp.Frame{Timestamp: 5, Nonce: nonce, PID: uint32(pid), Payload: 9})
}

func sendAll(t testing.TB, fd int, datagrams ...[]byte) {
	t.Helper()
	for _, d := range datagrams {
		if err := unix.Sendto(fd, d, unix.MSG_DONTWAIT, nil); err != nil {
			t.Fatalf("sendto: %v", err)
		}
	}
}

// sendAs sends d with credentials of the caller's choice, which takes root.
func sendAs(t testing.TB, fd int, d []byte, c unix.Ucred) {
	t.Helper()
	if err := unix.Sendmsg(fd, d, unix.UnixCredentials(&c), nil, unix.MSG_DONTWAIT); err != nil {
		t.Fatalf("sendmsg with credentials %+v: %v", c, err)
	}
}

func needRoot(t testing.TB) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("LOUD SKIP: only root can show this")
	}
}

const childEnv = "VLPD_INTAKE_CHILD"

// childCommand prepares this test, alone and in a process of its own: there
// os.Getenv(childEnv) is arg.
func childCommand(t *testing.T, arg string, attr *syscall.SysProcAttr) *exec.Cmd {
	t.Helper()
	needRoot(t)
	cmd := exec.Command("/proc/self/exe", "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+arg)
	cmd.Dir = "/"
	cmd.SysProcAttr = attr
	return cmd
}

// inChild runs the test in a child and fails or skips as the child did.
func inChild(t *testing.T, arg string, attr *syscall.SysProcAttr) {
	t.Helper()
	out, err := childCommand(t, arg, attr).CombinedOutput()
	skipIfNoExec(t, err)
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	if strings.Contains(string(out), "SKIP") {
		t.Skipf("child:\n%s", out)
	}
}

// skipIfNoExec skips where a container withholds namespaces or an emulator
// cannot start itself.
func skipIfNoExec(t *testing.T, err error) {
	t.Helper()
	for _, e := range []error{unix.EPERM, unix.ENOEXEC, unix.EINVAL} {
		if errors.Is(err, e) {
			t.Skipf("LOUD SKIP: this host cannot start such a child: %v", err)
		}
	}
}

func asNobody() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}
