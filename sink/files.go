package sink

import (
	"strings"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Path is a path with a NUL behind it, as the kernel takes it, so that no call
// has to make a copy.
type Path string

// NewPath returns s as a Path; a path is not empty and holds no NUL.
func NewPath(s string) (Path, error) {
	if s == "" || strings.IndexByte(s, 0) >= 0 {
		return "", lean.Wrap("path "+lean.Quote(s)+": expected one byte at least and no NUL", unix.EINVAL)
	}
	return Path(s + "\x00"), nil
}

// String returns p without the NUL.
func (p Path) String() string { return strings.TrimSuffix(string(p), "\x00") }

// FS is what the log needs of a file system. OS is the real one; tests fail,
// delay and cut any step. Errors are errnos; the log adds call and path.
type FS interface {
	// OpenFile opens for reading and appending (a tail is read before it is
	// appended to), and creates the file with mode 0644 & umask if create is set.
	OpenFile(p Path, create bool) (File, error)
	// Rename replaces what is at to. It does not sync the folder: SyncDir does,
	// once for all renames of a rotation.
	Rename(from, to Path) error
	Unlink(p Path) error
	// Same reports whether two names are known to be there and to be one file.
	Same(a, b Path) bool
	// Exists returns nil, ENOENT, or why it cannot be told.
	Exists(p Path) error
	// Device returns the numbers of the device that a folder is on, and of the folder.
	Device(dir Path) (dev, ino uint64, err error)
	// SyncDir returns when all names of the folder are on the disk as they were
	// when it was called.
	SyncDir(dir Path) error
}

// File is an open file of an FS. One goroutine calls Fdatasync while another
// calls anything but Close.
type File interface {
	Write(p []byte) (int, error)
	ReadAt(p []byte, off int64) (int, error)
	Truncate(size int64) error
	Fdatasync() error
	// Size returns the length, and whether it is a regular file at all.
	Size() (size int64, regular bool, err error)
	// Nameless reports whether its last name was taken away.
	Nameless() bool
	Close() error
}
