package lean

import (
	"strings"

	"golang.org/x/sys/unix"
)

// OnFAT reports whether a descriptor is of a file or folder on FAT, as Linux's
// vfat and msdos have it. exFAT, which moves all that it knows of a file with the
// name, is not meant.
func OnFAT(fd int) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) == nil && uint32(st.Type) == unix.MSDOS_SUPER_MAGIC
}

// RenameOnFAT is rename, from the file that is open as fd to the name to, in an
// order that a power cut leaves whole.
//
// FAT has no inodes: where a file begins and how long it is stands beside its
// name, and Linux's vfat puts both there when the file is written back, half a
// minute later, not when it is renamed. Until then a new name says that the file
// is empty, and one that was replaced says where the old file was, while the
// folder's fsync takes the first name away (vfat_rename, fs/fat/namei_vfat.c). So
// the file is synced right after, and before as well, that this takes no longer
// than it must. What was replaced is held open so long: else its clusters could
// be free on the disk before its name is another's. The folder comes last: where
// the two names are not in one sector of it, a cut before leaves the file under
// both, and no cut leaves it under none.
func RenameOnFAT(fd int, to string, rename func() error) error {
	if old, err := unix.Open(to, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0); err == nil {
		defer unix.Close(old)
	}
	err := Fsync(fd)
	if err == nil {
		err = rename()
	}
	if err == nil {
		Touch(fd)
		err = Fsync(fd)
	}
	if err == nil {
		err = fsyncFolder(to)
	}
	return err
}

func fsyncFolder(path string) error {
	dir := "."
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		dir = path[:i+1]
	}
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	return Fsync(fd)
}

// Touch makes a file of FAT one that the next sync writes to the disk, if only
// beside its name. When the kernel writes a file back by itself, that goes to the
// cache of the disk's blocks and no further, and a sync takes the file for clean
// (fat_write_inode, fs/fat/inode.c; __generic_file_fsync, fs/libfs.c).
func Touch(fd int) {
	unix.Syscall6(unix.SYS_UTIMENSAT, uintptr(fd), 0, 0, 0, 0, 0)
}

// Fsync calls fsync(2) until a signal does not interrupt it: EINTR says nothing
// about the disk. The error is an errno.
func Fsync(fd int) error {
	for {
		if err := unix.Fsync(fd); err != unix.EINTR {
			return err
		}
	}
}
