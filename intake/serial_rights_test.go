package intake

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// rightsChild is set, to the line's path, where this test binary runs without
// rights.
const rightsChild = "VLPD_TEST_LINE_WITHOUT_RIGHTS"

// Rights are given after the node is there, as mdev does. Root would not
// notice, so a child without rights opens the line.
func TestLineWaitsForRights(t *testing.T) {
	if link := os.Getenv(rightsChild); link != "" {
		r := newRig(t, noSys(t), "a="+link)
		r.expect(0, false, uint16(unix.EACCES))
		fmt.Println("refused")
		r.expectUp(event.LineOpened)
		fmt.Println("opened")
		return
	}
	if os.Getuid() != 0 {
		t.Skip("needs root to make a child that may do less")
	}
	p := newPTY(t)
	if err := os.Chmod(p.path, 0); err != nil {
		t.Fatal(err)
	}
	out, wait := powerless(t, p.path)
	var said strings.Builder
	buf := make([]byte, 4096)
	for given := false; ; {
		n, err := out.Read(buf)
		said.Write(buf[:n])
		if !given && strings.Contains(said.String(), "refused") {
			given = true
			if err := os.Chmod(p.path, 0o666); err != nil {
				t.Error(err)
			}
		}
		if err != nil {
			break
		}
	}
	if err := wait(); err != nil || !strings.Contains(said.String(), "opened") {
		t.Errorf("child: %v\n%s", err, said.String())
	}
}

// powerless runs this test in a child that is nobody, with a link to tty, and
// returns what it prints. Nobody may not enter the folders that tests have, so
// it gets one of its own, with a copy of the binary.
func powerless(t *testing.T, tty string) (out io.Reader, wait func() error) {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "rights")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	exe, tmp, link := filepath.Join(dir, "test"), filepath.Join(dir, "tmp"), filepath.Join(dir, "tty")
	point(t, link, tty)
	binary, err := os.ReadFile("/proc/self/exe")
	err = errors.Join(err, os.WriteFile(exe, binary, 0o755),
		os.Chmod(dir, 0o755), os.Mkdir(tmp, 0o777), os.Chmod(tmp, 0o777))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run=^"+t.Name()+"$")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), rightsChild+"="+link, "TMPDIR="+tmp)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err = cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if errors.Is(err, unix.ENOEXEC) {
		t.Skip("under user-mode emulation children cannot be started")
	}
	if err != nil {
		t.Fatal(err)
	}
	return out, cmd.Wait
}
