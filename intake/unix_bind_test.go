package intake

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	notSocket = "cannot bind observer socket at PATH: path exists and is not a socket"
	otherType = "cannot bind observer socket at PATH: a live socket of another type"
)

// bindTable has a row for each thing that can stand at the path.
var bindTable = []struct {
	name  string
	place place
	text  string // "" means that the bind succeeds
	errno unix.Errno
}{
	{"stale datagram socket", socketAt(unix.SOCK_DGRAM, false, true), "", 0},
	{"stale stream socket", socketAt(unix.SOCK_STREAM, true, true), "", 0},
	{"live datagram socket", socketAt(unix.SOCK_DGRAM, false, false),
		"another varta-watch is already running at PATH", unix.EADDRINUSE},
	{"live stream listener", socketAt(unix.SOCK_STREAM, true, false), otherType, unix.EPROTOTYPE},
	{"stream socket not listening yet", socketAt(unix.SOCK_STREAM, false, false), otherType, unix.EPROTOTYPE},
	{"live seqpacket listener", socketAt(unix.SOCK_SEQPACKET, true, false), otherType, unix.EPROTOTYPE},
	{"stale socket of another user", foreign, "belongs to uid 65534, expected our uid 0", unix.EPERM},
	{"datagram socket that talks to one peer only", busy,
		"cannot probe socket at PATH: connect: operation not permitted", unix.EPERM},
	{"file", made(func(p string) error { return os.WriteFile(p, []byte("x"), 0o600) }), notSocket, unix.ENOTSOCK},
	{"directory", made(func(p string) error { return os.Mkdir(p, 0o700) }), notSocket, unix.ENOTSOCK},
	{"symlink", made(func(p string) error { return os.Symlink("/dev/log", p) }), notSocket, unix.ENOTSOCK},
	{"dangling symlink", made(func(p string) error { return os.Symlink("/nowhere", p) }), notSocket, unix.ENOTSOCK},
	{"fifo", made(func(p string) error { return unix.Mkfifo(p, 0o600) }), notSocket, unix.ENOTSOCK},
}

func TestBindTable(t *testing.T) {
	for _, tc := range bindTable {
		t.Run(tc.name, func(t *testing.T) {
			path := socketDir(t) + "/s"
			untouched := tc.place(t, path)
			u, err := ListenUnix(UnixConfig{Path: path, Mode: 0o600})
			if tc.text == "" {
				if err != nil {
					t.Fatal(err)
				}
				defer u.Close()
				sendAll(t, dial(t, path), frame(os.Getpid(), 1))
				if n, err := u.Recv(); n != 1 || err != nil {
					t.Errorf("Recv: %d, %v", n, err)
				}
				return
			}
			checkError(t, err, strings.ReplaceAll(tc.text, "PATH", path), tc.errno)
			if !untouched() {
				t.Error("what stood at the path was touched")
			}
		})
	}
}

// checkError holds an error against the contract: text for people, errno for
// programs.
func checkError(t *testing.T, err error, text string, errno unix.Errno) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), text) {
		t.Errorf("error %q, expected %q in it", err, text)
	}
	if !errors.Is(err, errno) {
		t.Errorf("error %q does not lead to errno %v", err, errno)
	}
}

func TestBindErrors(t *testing.T) {
	dir := socketDir(t)
	if err := os.WriteFile(dir+"/file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	long := dir + "/" + strings.Repeat("x", 108-len(dir)-1)
	for _, tc := range []struct {
		name, path, text string
		errno            unix.Errno
	}{
		{"empty", "", "the path is empty", unix.EINVAL},
		{"108 bytes", long, "path must be shorter than SUN_LEN: at most 107 bytes, got 108: " + long, unix.ENAMETOOLONG},
		{"NUL", dir + "/a\x00b", "NUL byte", unix.EINVAL},
		{"abstract", "@vlpd", "abstract sockets", unix.EINVAL},
		{"missing directory", dir + "/no/s", dir + "/no/s: bind: no such file or directory", unix.ENOENT},
		{"directory is a file", dir + "/file/s",
			"cannot probe socket at " + dir + "/file/s: lstat: not a directory", unix.ENOTDIR},
	} {
		_, err := ListenUnix(UnixConfig{Path: tc.path, Mode: 0o600})
		t.Run(tc.name, func(t *testing.T) { checkError(t, err, tc.text, tc.errno) })
	}
	listen(t, UnixConfig{Path: long[:107]})
}

// TestProbeIsSilent: a second observer is refused, and the first one neither
// receives anything by that nor stops receiving.
func TestProbeIsSilent(t *testing.T) {
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s"})
	_, err := ListenUnix(UnixConfig{Path: u.path, Mode: 0o600})
	checkError(t, err, "another varta-watch is already running at "+u.path, unix.EADDRINUSE)
	if n, err := u.Recv(); n != 0 || err != nil {
		t.Errorf("the probe left %d datagrams, %v", n, err)
	}
	sendAll(t, dial(t, u.path), frame(os.Getpid(), 1))
	if n, _ := u.Recv(); n != 1 {
		t.Errorf("Recv: %d, expected 1", n)
	}
}

// TestBindRaces shows what happens when the path changes between the steps.
func TestBindRaces(t *testing.T) {
	path := socketDir(t) + "/s"
	want := "observer socket path changed while probing " + path + "; retry bind"
	socketAt(unix.SOCK_DGRAM, false, true)(t, path)
	id := mustStat(t, path)

	other := id
	other.ino++
	checkError(t, removeStale(path, other), want, unix.EAGAIN)
	if mustStat(t, path) != id {
		t.Fatal("a file that was not probed is gone")
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	_, err = bindFile(fd, path, 0o600)
	checkError(t, err, want, unix.EAGAIN)

	if err := removeStale(path, id); err != nil {
		t.Fatal(err)
	}
	checkError(t, removeStale(path, id), want, unix.EAGAIN)
	checkError(t, probe(path), want, unix.EAGAIN)
}

// TestBindUnprivileged meets what root never does.
func TestBindUnprivileged(t *testing.T) {
	if dir := os.Getenv(childEnv); dir != "" {
		_, err := ListenUnix(UnixConfig{Path: dir + "/theirs", Mode: 0o600})
		checkError(t, err, "cannot probe socket at "+dir+"/theirs: connect: permission denied", unix.EACCES)
		_, err = ListenUnix(UnixConfig{Path: dir + "/new", Mode: 0o600})
		checkError(t, err, dir+"/new: bind: permission denied", unix.EACCES)
		_, err = ListenUnix(UnixConfig{Path: dir + "/locked/s", Mode: 0o600})
		checkError(t, err, "cannot probe socket at "+dir+"/locked/s: lstat: permission denied", unix.EACCES)

		u := listen(t, UnixConfig{Path: dir + "/unreadable/s"})
		checkError(t, u.DirSyncErr(), "directory "+dir+"/unreadable: open: permission denied", unix.EACCES)
		return
	}
	needRoot(t)
	dir := socketDir(t)
	listen(t, UnixConfig{Path: dir + "/theirs"})
	for name, mode := range map[string]os.FileMode{"locked": 0o700, "unreadable": 0o733} {
		if err := os.Mkdir(dir+"/"+name, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir+"/"+name, mode); err != nil {
			t.Fatal(err)
		}
	}
	inChild(t, dir, asNobody())
}
