package intake

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

// TestForeignUser has a process of another user send a perfect frame into a
// socket that lets it.
func TestForeignUser(t *testing.T) {
	if path := os.Getenv(childEnv); path != "" {
		sendAll(t, dial(t, path), frame(os.Getpid(), 1))
		return
	}
	needRoot(t)
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s", Mode: 0o666})
	inChild(t, u.path, asNobody())
	if n, err := u.Recv(); n != 1 || err != nil {
		t.Fatalf("Recv: %d, %v", n, err)
	}
	var f vlp.Frame
	if r := u.Take(0, &f); r != ForeignUID || u.UID(0) != nobody || u.WantUID() != 0 {
		t.Errorf("%s, uid %d, expected %d", r.Label(), u.UID(0), u.WantUID())
	}
}

// TestAgentUsers: those of another user are taken where that one was named.
func TestAgentUsers(t *testing.T) {
	if path := os.Getenv(childEnv); path != "" {
		sendAll(t, dial(t, path), frame(os.Getpid(), 1))
		return
	}
	needRoot(t)
	for named, want := range map[uint32]Reason{nobody: Accepted, nobody - 1: ForeignUID} {
		u := listen(t, UnixConfig{Path: socketDir(t) + "/s", Mode: 0o666, Users: []uint32{12345, named}})
		inChild(t, u.path, asNobody())
		if n, err := u.Recv(); n != 1 || err != nil {
			t.Fatalf("Recv: %d, %v", n, err)
		}
		var f vlp.Frame
		if r := u.Take(0, &f); r != want {
			t.Errorf("uid %d named: %s, expected %s", named, r.Label(), want.Label())
		}
	}
}

// TestOutsidePIDNamespace puts the observer into a pid namespace of its own,
// as in a container, and sends from outside.
func TestOutsidePIDNamespace(t *testing.T) {
	if path := os.Getenv(childEnv); path != "" {
		observeTwo(t, path)
		return
	}
	needRoot(t)
	path := socketDir(t) + "/s"
	cmd := childCommand(t, path, &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID})
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	err = cmd.Start()
	skipIfNoExec(t, err)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		switch line := lines.Text(); {
		case line == "ready":
			tx := dial(t, path)
			sendAll(t, tx, frame(4242, 1))
			sendAs(t, tx, frame(4242, 2), unix.Ucred{Pid: int32(os.Getpid()), Uid: nobody, Gid: nobody})
		case strings.HasPrefix(line, "took "):
			got = append(got, line)
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("child: %v", err)
	}
	want := "took accepted sender=0 unattested=true|took foreign_uid sender=0 unattested=true"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
}

func observeTwo(t *testing.T, path string) {
	u := listen(t, UnixConfig{Path: path})
	fmt.Println("ready")
	for taken := 0; taken < 2; {
		p := []unix.PollFd{{Fd: int32(u.FD()), Events: unix.POLLIN}}
		if n, err := unix.Poll(p, 10_000); n == 0 || err != nil && err != unix.EINTR {
			t.Fatalf("poll: %d, %v", n, err)
		}
		n, err := u.Recv()
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			var f vlp.Frame
			r := u.Take(i, &f)
			fmt.Printf("took %s sender=%d unattested=%v\n", r.Label(), u.PID(i), u.Unattested(i))
			taken++
		}
	}
}

// TestAttachedDescriptors: where the kernel can, it refuses them for us.
// Elsewhere each such datagram is dropped as ctrunc and nothing stays open.
func TestAttachedDescriptors(t *testing.T) {
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s"})
	tx := dial(t, u.path)
	rights := unix.UnixRights(tx, tx, tx)
	good := frame(os.Getpid(), 1)

	if v, err := unix.GetsockoptInt(u.FD(), unix.SOL_SOCKET, unix.SO_PASSRIGHTS); err == nil && !emulated() {
		if v != 0 {
			t.Fatal("SO_PASSRIGHTS is still on")
		}
		if err := unix.Sendmsg(tx, good, rights, nil, 0); !errors.Is(err, unix.EPERM) {
			t.Errorf("sending descriptors: %v, expected EPERM", err)
		}
		if err := unix.SetsockoptInt(u.FD(), unix.SOL_SOCKET, unix.SO_PASSRIGHTS, 1); err != nil {
			t.Fatal(err)
		}
	}
	before := openDescriptors(t)
	for range 1000 {
		if err := unix.Sendmsg(tx, good, rights, nil, unix.MSG_DONTWAIT); err != nil {
			t.Fatalf("sendmsg: %v", err)
		}
		sendAll(t, tx, good)
		n, err := u.Recv()
		if n != 2 || err != nil {
			t.Fatalf("Recv: %d, %v", n, err)
		}
		var f vlp.Frame
		if a, b := u.Take(0, &f), u.Take(1, &f); !emulated() && a != CTrunc || b != Accepted {
			t.Fatalf("%s and %s, expected ctrunc and accepted", a.Label(), b.Label())
		}
	}
	if after := openDescriptors(t); !emulated() && after != before {
		t.Errorf("%d descriptors before, %d after", before, after)
	}
}

func openDescriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skipf("LOUD SKIP: descriptors cannot be counted: %v", err)
	}
	return len(list)
}

// emulated reports qemu-user, which gives the kernel twice the control buffer
// and keeps the descriptors that then fit.
func emulated() bool {
	comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getpid()))
	return strings.HasPrefix(string(comm), "qemu-")
}
