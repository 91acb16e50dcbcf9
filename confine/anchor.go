package confine

import (
	"errors"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// openPlace opens what the rule for a place is tied to, an inode. Landlock looks
// for rules from a file up to the root, through mount points, and what a mount
// hides does not count: with a rule on the folder of the log, the next card in
// the same slot would be out of reach. So a folder on a file system of its own,
// other than one in memory, gets its rule above the mount point. If it is not
// there yet, the rule goes to the next folder above it that is.
func openPlace(p Place) (fd int, err error) {
	if fd, err = existing(p.Path); err != nil {
		return fd, err
	}
	var root, st unix.Stat_t
	if unix.Stat("/", &root) != nil || unix.Fstat(fd, &st) != nil || st.Dev == root.Dev || st.Mode&unix.S_IFMT != unix.S_IFDIR || inMemory(fd) {
		return fd, nil
	}
	var buf [unix.PathMax]byte
	n, err := unix.Readlink("/proc/self/fd/"+strconv.Itoa(fd), buf[:])
	if err != nil {
		return fd, nil // no /proc
	}
	real := string(buf[:n])
	for i := 1; i <= len(real); i++ {
		if i < len(real) && real[i] != '/' {
			continue
		}
		if unix.Stat(real[:i], &st) == nil && st.Dev != root.Dev {
			unix.Close(fd)
			return openPath(parent(real[:i]))
		}
	}
	return fd, nil
}

// existing opens path, or the nearest folder above it.
func existing(path string) (fd int, err error) {
	for {
		fd, err = openPath(path)
		if err == nil || path == "/" || path == "." || errors.Is(err, unix.EACCES) {
			return fd, err
		}
		path = parent(path)
	}
}

func openPath(path string) (int, error) {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, lean.PathError("open O_PATH", path, err)
	}
	return fd, nil
}

// MayWrite reports whether files can be made in a folder; access(2).
func MayWrite(dir string) error { return access(dir, unix.W_OK|unix.X_OK) }

// MayFeed asks the same about writing to a device.
func MayFeed(device string) error { return access(device, unix.W_OK) }

func access(name string, mode uintptr) error {
	path, err := unix.BytePtrFromString(name)
	if err != nil {
		return err
	}
	cwd := unix.AT_FDCWD
	_, _, e := unix.Syscall(unix.SYS_FACCESSAT, uintptr(cwd), uintptr(unsafe.Pointer(path)), mode)
	if e != 0 {
		return lean.SyscallError("faccessat", e)
	}
	return nil
}

// Parent is the folder of a path.
func Parent(path string) string { return parent(path) }

func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		switch {
		case path[i] == '/' && i > 0:
			return path[:i]
		case path[i] == '/':
			return "/"
		}
	}
	return "."
}

// inMemory knows file systems that are gone when they are unmounted, so that
// nobody puts another at their place; statfs(2).
func inMemory(fd int) bool {
	var st unix.Statfs_t
	if unix.Fstatfs(fd, &st) != nil {
		return false
	}
	switch uint32(st.Type) {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC, unix.PROC_SUPER_MAGIC, unix.SYSFS_MAGIC, unix.DEVPTS_SUPER_MAGIC:
		return true
	}
	return false
}
