package intake

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// maxPath is what fits in sockaddr_un.sun_path beside its terminating NUL,
// unix(7).
const maxPath = 107

// fileID tells one file from another that took its name.
type fileID struct{ dev, ino uint64 }

func idOf(st *unix.Stat_t) fileID { return fileID{uint64(st.Dev), st.Ino} }

// refuse is a refusal in the words that users and scripts of varta-watch know,
// with the errno that lies behind it still reachable.
func refuse(errno unix.Errno, text string) error { return lean.Mark(text, errno) }

// cannotBind is a refusal because of what is at path.
func cannotBind(errno unix.Errno, path, why string) error {
	return refuse(errno, "cannot bind observer socket at "+path+": "+why)
}

// cannotProbe tells what a call of ours failed with.
func cannotProbe(path, call string, err error) error {
	return lean.Wrap("cannot probe socket at "+path, lean.SyscallError(call, err))
}

// checkPath refuses what the kernel would refuse, or take for something other
// than a file.
func checkPath(path string) error {
	switch {
	case path == "":
		return refuse(unix.EINVAL, "observer socket: the path is empty")
	case len(path) > maxPath:
		return refuse(unix.ENAMETOOLONG, "path must be shorter than SUN_LEN: at most "+
			strconv.Itoa(maxPath)+" bytes, got "+strconv.Itoa(len(path))+": "+path)
	case strings.IndexByte(path, 0) >= 0:
		return refuse(unix.EINVAL, "observer socket "+lean.Quote(path)+": the path contains a NUL byte")
	case path[0] == '@':
		return refuse(unix.EINVAL, "observer socket "+path+": abstract sockets have no owner or mode and are not"+
			" supported; for a file of this name write ./"+path)
	}
	return nil
}

// clearPath makes sure that nothing stands at path. It removes one thing only:
// a socket file of ours to which nobody listens.
func clearPath(path string, heir uint32) error {
	var st unix.Stat_t
	err := unix.Lstat(path, &st)
	if err == unix.ENOENT {
		return nil // or its directory is missing, which bind will say
	}
	if err != nil {
		return cannotProbe(path, "lstat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK {
		return cannotBind(unix.ENOTSOCK, path, "path exists and is not a socket")
	}
	if err := probe(path); err != nil {
		return err
	}
	if us := uint32(unix.Geteuid()); st.Uid != us && (heir == 0 || st.Uid != heir) {
		return cannotBind(unix.EPERM, path, "the stale socket there belongs to uid "+strconv.Itoa(int(st.Uid))+
			", expected our uid "+strconv.Itoa(int(us))+"; remove it by hand")
	}
	return removeStale(path, idOf(&st))
}

// probe returns nil if nobody has the socket at path open. It connects and
// sends nothing, which the other side cannot notice. The kernel looks for an
// open socket behind the file first and for its type second
// (net/unix/af_unix.c, unix_find_bsd), so ECONNREFUSED means stale and
// EPROTOTYPE alive.
func probe(path string) error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return onPath(path, "socket", err)
	}
	defer unix.Close(fd)
	switch err := unix.Connect(fd, &unix.SockaddrUnix{Name: path}); err {
	case unix.ECONNREFUSED:
		return nil
	case nil:
		return refuse(unix.EADDRINUSE, "another varta-watch is already running at "+path)
	case unix.EPROTOTYPE:
		return cannotBind(unix.EPROTOTYPE, path, "a live socket of another type, expected a datagram socket, is in use there")
	case unix.ENOENT:
		return changed(path)
	default:
		return cannotProbe(path, "connect", err)
	}
}

// removeStale unlinks path if it is still the file that was probed. Between
// the look and the unlink lie microseconds in which another observer could
// come first; no system call unlinks by inode.
func removeStale(path string, probed fileID) error {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil || idOf(&st) != probed {
		return changed(path)
	}
	if err := unix.Unlink(path); err != nil {
		return onPath(path, "unlink", err)
	}
	return nil
}

func changed(path string) error {
	return refuse(unix.EAGAIN, "observer socket path changed while probing "+path+"; retry bind")
}

// removeIf unlinks path if it is the file id; any other file stays, and that
// is no error.
func removeIf(path string, id fileID) error {
	var st unix.Stat_t
	if err := unix.Lstat(path, &st); err != nil || idOf(&st) != id {
		return nil
	}
	if err := unix.Unlink(path); err != nil {
		return onPath(path, "unlink", err)
	}
	return nil
}

// syncParent makes the new directory entry durable.
func syncParent(path string) error {
	dir := "."
	switch i := strings.LastIndexByte(path, '/'); {
	case i > 0:
		dir = path[:i]
	case i == 0:
		dir = "/"
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return lean.Wrap("directory "+dir, lean.SyscallError("open", err))
	}
	defer unix.Close(fd)
	if err := unix.Fsync(fd); err != nil {
		return lean.Wrap("directory "+dir, lean.SyscallError("fsync", err))
	}
	return nil
}
