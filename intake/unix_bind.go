package intake

import (
	"strconv"

	"golang.org/x/sys/unix"
)

// bindFile binds fd to path with exactly the permission bits of mode and
// returns the new file's identity.
//
// bind makes the file with the mode of the socket's own inode less the umask
// (net/unix/af_unix.c, unix_bind_bsd). Giving the socket its mode first
// therefore means that the file is never wider than asked, not for an instant,
// without touching the umask, which all threads share; what the umask took
// away is put back afterwards.
func bindFile(fd int, path string, mode uint32) (fileID, error) {
	if err := unix.Fchmod(fd, mode); err != nil {
		return fileID{}, onPath(path, "fchmod", err)
	}
	switch err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err {
	case nil:
	case unix.EADDRINUSE: // clearPath saw the path free
		return fileID{}, changed(path)
	default:
		return fileID{}, onPath(path, "bind", err)
	}
	return settleFile(path, mode)
}

// settleFile looks at the file that bind made and corrects its mode. A handle
// opened without following links keeps chmod on this file even if path should
// change meanwhile.
func settleFile(path string, mode uint32) (fileID, error) {
	h, err := unix.Open(path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return fileID{}, onPath(path, "open O_PATH", err)
	}
	defer unix.Close(h)
	var st unix.Stat_t
	if err := unix.Fstat(h, &st); err != nil {
		return fileID{}, onPath(path, "fstat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFSOCK || st.Nlink > 1 { // a new one has one name
		return fileID{}, changed(path)
	}
	id := idOf(&st)
	if st.Mode&0o7777 == mode {
		return id, nil
	}
	// fchmod does not take O_PATH descriptors, proc(5)'s link does.
	err = unix.Chmod("/proc/self/fd/"+strconv.Itoa(h), mode)
	if err == unix.ENOENT { // no /proc
		err = unix.Chmod(path, mode)
	}
	if err != nil {
		removeIf(path, id)
		return fileID{}, onPath(path, "chmod", err)
	}
	return id, nil
}
