package liveness

import (
	"os"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// heartbeatFile is a file that is replaced as a whole: a reader sees the old
// line or the new one, never half of one. It is not synced: after a power cut
// nobody asks whether the observer lived before.
//
// The paths are made once, with their NUL: package unix would copy them to the
// heap at each call.
type heartbeatFile struct {
	path, tmp string // both end in NUL
	left      bool   // tmp may be there
}

func newHeartbeatFile(path string) heartbeatFile {
	return heartbeatFile{path: path + "\x00", tmp: tmpName(path, os.Getpid()) + "\x00"}
}

// write makes text the file's content. It may block for as long as flash does.
func (f *heartbeatFile) write(text []byte) error {
	fd, err := f.create()
	if err != nil {
		return f.error("open", err)
	}
	f.left = true
	n, err := unix.Write(fd, text)
	if e := unix.Close(fd); err == nil && e != unix.EINTR { // closed all the same, close(2)
		err = e
	}
	switch {
	case err != nil:
		f.clean()
		return f.error("write", err)
	case n < len(text):
		f.clean()
		return lean.Wrap(f.name(), errShort)
	}
	if err := rename(f.tmp, f.path); err != nil {
		f.clean()
		return f.error("rename", err)
	}
	f.left = false
	return nil
}

// create makes a new file, and follows no link that somebody has put in its
// place: the folder may be /tmp. What is left of a process that had our number
// goes first.
func (f *heartbeatFile) create() (fd int, err error) {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_CLOEXEC | unix.O_LARGEFILE
	for try := 0; ; {
		r, _, e := unix.Syscall6(unix.SYS_OPENAT, atCWD(), uintptr(pointer(f.tmp)), flags, 0o644, 0, 0)
		switch {
		case e == 0:
			return int(r), nil
		case e == unix.EEXIST && try == 0:
			try++
			unlink(f.tmp)
		case e != unix.EINTR:
			return -1, e
		}
	}
}

// clean removes what a failed write has left.
func (f *heartbeatFile) clean() {
	if f.left {
		unlink(f.tmp)
		f.left = false
	}
}

func (f *heartbeatFile) name() string { return f.path[:len(f.path)-1] }

func (f *heartbeatFile) error(call string, err error) error {
	return lean.Wrap(f.name(), lean.SyscallError(call, err))
}

func rename(from, to string) error {
	_, _, e := unix.Syscall6(unix.SYS_RENAMEAT2, atCWD(), uintptr(pointer(from)), atCWD(), uintptr(pointer(to)), 0, 0)
	switch e {
	case 0:
		return nil
	case unix.ENOSYS: // before Linux 3.15
		return unix.Rename(from[:len(from)-1], to[:len(to)-1])
	}
	return e
}

func unlink(path string) { unix.Syscall(unix.SYS_UNLINKAT, atCWD(), uintptr(pointer(path)), 0) }

// pointer must be converted in the argument list of the call (package unsafe, rule 4).
func pointer(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

// atCWD is AT_FDCWD, which is negative, as an argument.
func atCWD() uintptr {
	fd := unix.AT_FDCWD
	return uintptr(fd)
}
