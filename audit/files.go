package audit

import (
	"errors"
	"strconv"

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
	if err = check(fd); err == nil {
		err = lock(fd)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &osFile{fd}, nil
}

func check(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return lean.SyscallError("fstat", err)
	}
	return judge(uint32(st.Mode), st.Uid, uint32(unix.Getuid()))
}

// judge is the part of check that needs no file.
func judge(mode, owner, uid uint32) error {
	switch {
	case mode&unix.S_IFMT != unix.S_IFREG:
		return secret.ErrNotRegular
	case mode&0o077 != 0:
		s := strconv.FormatUint(uint64(mode&0o7777), 8)
		return lean.Mark("insecure permissions "+"000"[min(len(s), 3):]+s+" (must be 0600 or stricter)", secret.ErrPermissions)
	case owner != uid:
		return lean.Mark("owned by uid "+strconv.FormatUint(uint64(owner), 10)+
			", expected uid "+strconv.FormatUint(uint64(uid), 10), secret.ErrOwner)
	}
	return nil
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

type osFile struct{ fd int }

func (f *osFile) Write(p []byte) (n int, err error) {
	for {
		if n, err = unix.Write(f.fd, p); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

func (f *osFile) ReadAt(p []byte, off int64) (n int, err error) {
	for {
		if n, err = unix.Pread(f.fd, p, off); err != unix.EINTR {
			return max(n, 0), err
		}
	}
}

func (f *osFile) Truncate(size int64) error {
	return again(func() error { return unix.Ftruncate(f.fd, size) })
}

func (f *osFile) Fdatasync() error { return again(func() error { return unix.Fdatasync(f.fd) }) }

func (f *osFile) Size() (int64, bool, error) {
	var st unix.Stat_t
	err := unix.Fstat(f.fd, &st)
	return st.Size, st.Mode&unix.S_IFMT == unix.S_IFREG, err
}

// Close never repeats the call: after EINTR the descriptor is gone as well
// (close(2), "Dealing with error returns").
func (f *osFile) Close() error { return unix.Close(f.fd) }
