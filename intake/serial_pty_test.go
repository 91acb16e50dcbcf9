package intake

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// pty is a terminal pair whose master we hold; path is the slave's node.
type pty struct {
	t      testing.TB
	master int
	path   string
}

func newPTY(t testing.TB) *pty {
	t.Helper()
	m, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		t.Fatalf("open /dev/ptmx: %v", err)
	}
	if err := unix.IoctlSetPointerInt(m, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatalf("TIOCSPTLCK: %v", err)
	}
	n, err := unix.IoctlGetUint32(m, unix.TIOCGPTN)
	if err != nil {
		t.Fatalf("TIOCGPTN: %v", err)
	}
	p := &pty{t: t, master: m, path: fmt.Sprintf("/dev/pts/%d", n)}
	t.Cleanup(p.close)
	return p
}

// close is an unplug: the slave hangs up and its node goes.
func (p *pty) close() {
	if p.master >= 0 {
		unix.Close(p.master)
		p.master = -1
	}
}

// write gives as many bytes as the terminal takes now.
func (p *pty) write(b []byte) int {
	n, err := unix.Write(p.master, b)
	if err == unix.EAGAIN {
		return 0
	}
	if err != nil {
		p.t.Fatalf("write to pty master: %v", err)
	}
	return n
}

// rdev is the device number of the slave.
func (p *pty) rdev() uint64 {
	var st unix.Stat_t
	if err := unix.Stat(p.path, &st); err != nil {
		p.t.Fatal(err)
	}
	return uint64(st.Rdev)
}

// point makes link lead to target as "ln -sfn" and udev do: made aside, renamed.
func point(t testing.TB, link, target string) {
	t.Helper()
	os.Remove(link + ".new")
	if err := os.Symlink(target, link+".new"); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(link+".new", link); err != nil {
		t.Fatal(err)
	}
}
