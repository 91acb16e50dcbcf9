package state

import (
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// OS is the file system of this machine, for one store.
func OS() FS { return &osFS{} }

// osFS has one file at a time, which is used again.
//
// On FAT the folder is synced before the file is, or a power cut could leave it
// longer than its chain of clusters (fat_file_fsync, fs/fat/file.c), and Linux make
// the file system read-only. For renames there see lean.RenameOnFAT.
type osFS struct{ file osFile }

type osFile struct {
	fd  int
	dir string // the folder, ending in NUL, if it is on FAT
}

// Create follows no link and takes over no file: what is left of a save that was
// cut short goes first.
func (o *osFS) Create(path string) (File, error) {
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_LARGEFILE
	if _, _, e := unix.Syscall(unix.SYS_UNLINKAT, atCWD(), uintptr(pointer(path)), 0); e != 0 && e != unix.ENOENT {
		return nil, e
	}
	fd, _, e := unix.Syscall6(unix.SYS_OPENAT, atCWD(), uintptr(pointer(path)), flags, 0o600, 0, 0)
	if e != 0 {
		return nil, e
	}
	o.file.fd = int(fd)
	if o.file.dir == "" && lean.OnFAT(int(fd)) {
		o.file.dir = path[:strings.LastIndexByte(path, '/')] + nul
	}
	return &o.file, nil
}

func (o *osFS) Rename(from, to string) error {
	if o.file.dir == "" {
		return rename(from, to)
	}
	fd, err := unix.Open(trim(from), unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return lean.RenameOnFAT(fd, trim(to), func() error { return rename(from, to) })
}

func rename(from, to string) error {
	_, _, e := unix.Syscall6(unix.SYS_RENAMEAT2, atCWD(), uintptr(pointer(from)), atCWD(), uintptr(pointer(to)), 0, 0)
	switch e {
	case 0:
		return nil
	case unix.ENOSYS: // before Linux 3.15
		return unix.Rename(trim(from), trim(to))
	}
	return e
}

// SyncDir passes EINVAL as success: such file systems keep names in their own way.
func (o *osFS) SyncDir(dir string) error {
	fd, _, e := unix.Syscall6(unix.SYS_OPENAT, atCWD(), uintptr(pointer(dir)), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0, 0, 0)
	if e != 0 {
		return e
	}
	defer unix.Close(int(fd))
	if err := unix.Fsync(int(fd)); err != unix.EINVAL {
		return err
	}
	return nil
}

// pointer must be converted in the argument list of the call (package unsafe, rule 4).
func pointer(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }

// atCWD is AT_FDCWD, which is negative, as an argument.
func atCWD() uintptr {
	fd := unix.AT_FDCWD
	return uintptr(fd)
}

func (f *osFile) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		if m, err = unix.Write(f.fd, p[n:]); err == unix.EINTR {
			err = nil
			continue
		}
		n += max(m, 0)
	}
	return n, err
}

func (f *osFile) Fdatasync() error {
	if f.dir != "" {
		if err := (*osFS)(nil).SyncDir(f.dir); err != nil {
			return err
		}
		lean.Touch(f.fd)
	}
	return unix.Fdatasync(f.fd)
}

func (f *osFile) Close() error {
	if err := unix.Close(f.fd); err != unix.EINTR { // closed all the same, close(2)
		return err
	}
	return nil
}

// Lock keeps other processes out of a folder, until what it returns is closed:
// each would replace the files of the others. Where there are no such locks it
// does nothing.
func Lock(dir string) (fd int, err error) {
	fd, err = unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, lean.PathError("open", dir, err)
	}
	if err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err == unix.EWOULDBLOCK {
		unix.Close(fd)
		return -1, lean.Mark(dir+": another process keeps its memory there (flock: "+err.Error()+")", err)
	}
	return fd, nil
}

// CheckDir refuses a folder in which others could put an old file in place of a
// new one.
func CheckDir(dir string) error {
	var st unix.Stat_t
	if err := unix.Stat(dir, &st); err != nil {
		return lean.PathError("stat", dir, err)
	}
	switch uid := uint32(unix.Getuid()); {
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return lean.PathError("stat", dir, unix.ENOTDIR)
	case st.Mode&0o022 != 0:
		return lean.New(dir + ": insecure permissions " + strconv.FormatUint(uint64(st.Mode&0o7777), 8) + " (group and others must not write there)")
	case st.Uid != uid:
		return lean.New(dir + ": owned by uid " + strconv.FormatUint(uint64(st.Uid), 10) + ", expected uid " + strconv.FormatUint(uint64(uid), 10))
	}
	return nil
}
