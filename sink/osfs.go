package sink

import (
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// OS is the file system of this machine. All its calls are ordinary blocking
// ones, which the runtime knows how to take a processor away from.
var OS FS = osFS{}

type osFS struct{}

// openFiles are handed out again and again, so that a rotation allocates
// nothing: the log holds the file, the one before it and one under repair.
var openFiles [8]osFile

type osFile struct {
	fd    int
	chain chain
	inUse atomic.Bool
}

// FileOf is the file behind a descriptor of p that was opened to append and to
// read; it closes it.
func FileOf(fd int, p Path) File {
	f := unusedFile()
	f.fd, f.chain = fd, chainOf(fd, p)
	return f
}

func unusedFile() *osFile {
	for i := range openFiles {
		if f := &openFiles[i]; f.inUse.CompareAndSwap(false, true) {
			return f
		}
	}
	return &osFile{}
}

// O_NONBLOCK keeps open(2) from waiting for a pipe's other end; it means
// nothing for a regular file.
const openFlags = unix.O_RDWR | unix.O_APPEND | unix.O_CLOEXEC | unix.O_NOCTTY | unix.O_NONBLOCK | unix.O_LARGEFILE

func (osFS) OpenFile(p Path, create bool) (File, error) {
	flags := openFlags
	if create {
		flags |= unix.O_CREAT
	}
	fd, err := openat(p, flags, 0o644)
	if err != nil {
		return nil, err
	}
	if create {
		Steady(fd, p)
	}
	return FileOf(fd, p), nil
}

func (osFS) Rename(from, to Path) error {
	if fd := fatFile(from); fd >= 0 {
		defer unix.Close(fd)
		return lean.RenameOnFAT(fd, to.String(), func() error { return rename(from, to) })
	}
	return rename(from, to)
}

func rename(from, to Path) error {
	err := pathCall2(unix.SYS_RENAMEAT2, from, to)
	if err == unix.ENOSYS { // before Linux 3.15
		return unix.Rename(from.String(), to.String())
	}
	return err
}

func (osFS) Unlink(p Path) error {
	if fd := fatFile(p); fd >= 0 {
		defer unix.Close(fd)
		return unlinkOnFAT(fd, p)
	}
	return unlink(p)
}

func unlink(p Path) error { return pathCall(unix.SYS_UNLINKAT, p, 0) }

// Same does not follow links: it is about names. A file with one link has one
// name, whatever its number says: it may be mounted on another (mount --bind),
// or be of a file system whose numbers are not unique.
func (osFS) Same(a, b Path) bool {
	var st [2]unix.Stat_t
	for i, p := range [2]Path{a, b} {
		if unix.Lstat(p.String(), &st[i]) != nil {
			return false
		}
	}
	return st[0].Nlink > 1 && st[0].Ino == st[1].Ino && st[0].Dev == st[1].Dev
}

func (osFS) Exists(p Path) error { return pathCall(unix.SYS_FACCESSAT, p, unix.F_OK) }

func (osFS) Device(dir Path) (dev, ino uint64, err error) {
	fd, err := openat(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, 0, err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	return uint64(st.Dev), st.Ino, err
}

func (osFS) SyncDir(dir Path) error {
	fd, err := openat(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unpromised(again(func() error { return unix.Fsync(fd) })); err != nil {
		return err
	}
	return readOnly(fd)
}

// readOnly returns EROFS where nothing is written any more. After a forced
// remount (SysRq u) Linux's
// ext4 and f2fs take writes to files that are still open, and their fsync
// returns 0 and does nothing: fs/ext4/fsync.c, fs/f2fs/file.c.
func readOnly(fd int) error {
	var st unix.Statfs_t
	if unix.Fstatfs(fd, &st) == nil && st.Flags&unix.ST_RDONLY != 0 {
		return unix.EROFS
	}
	return nil
}

// unpromised passes EINVAL and EOPNOTSUPP of a folder's fsync as success: such
// file systems keep names in their own way, and nothing better can be asked for.
func unpromised(err error) error {
	if err == unix.EINVAL || err == unix.EOPNOTSUPP {
		return nil
	}
	return err
}

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

func (f *osFile) Fdatasync() error {
	if err := f.chain.sync(f.fd); err != nil {
		return err
	}
	if err := again(func() error { return unix.Fdatasync(f.fd) }); err != nil {
		return err
	}
	return readOnly(f.fd)
}

func (f *osFile) Size() (int64, bool, error) {
	var st unix.Stat_t
	err := unix.Fstat(f.fd, &st)
	return st.Size, st.Mode&unix.S_IFMT == unix.S_IFREG, err
}

func (f *osFile) Nameless() bool {
	var st unix.Stat_t
	return unix.Fstat(f.fd, &st) == nil && st.Nlink == 0
}

// Close never repeats the call: after EINTR the descriptor is gone as well
// (close(2), "Dealing with error returns").
func (f *osFile) Close() error {
	f.chain.close()
	err := unix.Close(f.fd)
	f.inUse.Store(false)
	if err == unix.EINTR {
		return nil
	}
	return err
}

// again calls f until a signal does not interrupt it: EINTR says nothing about the disk.
func again(f func() error) error {
	for {
		if err := f(); err != unix.EINTR {
			return err
		}
	}
}

// The calls below are those of package unix, which copies each path to the heap.

func openat(p Path, flags int, mode uint32) (int, error) {
	for {
		fd, _, e := unix.Syscall6(unix.SYS_OPENAT, atCWD(), uintptr(p.pointer()), uintptr(flags), uintptr(mode), 0, 0)
		if e == 0 {
			return int(fd), nil
		}
		if e != unix.EINTR {
			return -1, e
		}
	}
}

func pathCall(nr uintptr, p Path, arg uintptr) error {
	_, _, e := unix.Syscall(nr, atCWD(), uintptr(p.pointer()), arg)
	return errnoError(e)
}

func pathCall2(nr uintptr, from, to Path) error {
	_, _, e := unix.Syscall6(nr, atCWD(), uintptr(from.pointer()), atCWD(), uintptr(to.pointer()), 0, 0)
	return errnoError(e)
}

// pointer must be converted in the argument list of the call (package unsafe, rule 4).
func (p Path) pointer() unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(string(p))) }

func errnoError(e unix.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

// atCWD is AT_FDCWD, which is negative, as an argument.
func atCWD() uintptr {
	fd := unix.AT_FDCWD
	return uintptr(fd)
}
