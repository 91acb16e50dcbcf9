package audit

import (
	"errors"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/secret"
	"vlpd/sink"
)

// OS is the file system of this machine. A file that others can read or
// replace is no audit log: OpenFile creates with mode 0600, and refuses by
// the rules and words of package secret what is a symbolic link, no regular
// file, open to group or others, or another user's. It locks what it opens.
var OS sink.FS = osFS{sink.OS}

type osFS struct{ sink.FS } // names and folders are sink's business

// ErrLocked is another process that writes to the file.
var ErrLocked = errors.New("another process writes to it (flock: resource temporarily unavailable)")

// O_NONBLOCK and O_NOCTTY: a FIFO or a terminal in the file's place must reach
// the check instead of hanging the start or adopting us.
const openFlags = unix.O_RDWR | unix.O_APPEND | unix.O_CLOEXEC | unix.O_NOCTTY | unix.O_NONBLOCK |
	unix.O_NOFOLLOW | unix.O_LARGEFILE

func (osFS) OpenFile(p sink.Path, create bool) (sink.File, error) {
	flags := openFlags
	if create {
		flags |= unix.O_CREAT
	}
	path := p.String()
	var fd int
	err := again(func() (err error) { fd, err = unix.Open(path, flags, 0o600); return err })
	if err != nil {
		var st unix.Stat_t
		if err == unix.ELOOP && unix.Lstat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK {
			return nil, secret.ErrSymlink // O_NOFOLLOW; not a loop among the folders
		}
		return nil, err
	}
	if err = secret.Check(fd); err == nil {
		err = lock(fd)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	if create {
		sink.Steady(fd, p)
	}
	return sink.FileOf(fd, p), nil
}

// lock keeps a second writer out for as long as the file is open. A file
// system without locks is not locked.
func lock(fd int) error {
	switch err := again(func() error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }); err {
	case unix.EWOULDBLOCK:
		return ErrLocked
	case nil, unix.ENOLCK, unix.ENOSYS, unix.EOPNOTSUPP, unix.EINVAL:
		return nil
	default:
		return lean.SyscallError("flock", err)
	}
}

// again calls f until a signal does not interrupt it: EINTR says nothing about the disk.
func again(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}
