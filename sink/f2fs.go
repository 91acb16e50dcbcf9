package sink

import "golang.org/x/sys/unix"

// settle has f2fs keep the data of a file in one place, from the first row on.
// Elsewhere it does nothing; p is the path of fd.
//
// f2fs writes data, and then the inode that points to it, without a flush of the
// disk between them (f2fs_do_sync_file in fs/f2fs/file.c, with
// fsync_mode=strict too if the file has grown). A disk that has taken the inode
// alone when the power goes brings back a file that points to a block which was
// never written, and what had been synced of that block at another place is
// gone. Data changes its place when it
//
//   - grows out of the inode, where up to some 3,400 bytes are kept
//     (f2fs_convert_inline_page). An empty file leaves it without a write, by
//     f2fs_fallocate.
//   - is written back without a sync, on volumes above 16 GiB
//     (f2fs_tuning_parameters, f2fs_should_update_inplace). Not that of a cold file.
func settle(fd int, p Path) {
	if !maybeF2FS(fd) {
		return
	}
	setCold(fd)
	if unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, 0, 1) != nil {
		return
	}
	// A file that others began is moved out of its inode now, if it is in it. A
	// synced folder is a checkpoint, before which the move does not count.
	var file unix.Stat_t
	if unix.Fstat(fd, &file) == nil && file.Size > 0 && file.Size < 4096 {
		if dir, err := NewPath(folder(p.String())); err == nil {
			_ = OS.SyncDir(dir)
		}
	}
}

// maybeF2FS also says so of an overlay, as OpenWrt has it over f2fs: both calls
// go through it, and elsewhere cost a block.
func maybeF2FS(fd int) bool {
	var st unix.Statfs_t
	if unix.Fstatfs(fd, &st) != nil {
		return false
	}
	magic := uint32(st.Type)
	return magic == unix.F2FS_SUPER_MAGIC || magic == unix.OVERLAYFS_SUPER_MAGIC
}

// setCold is FADVISE_COLD_BIT of fs/f2fs/f2fs.h, which the owner of a file may set (fs/f2fs/xattr.c).
func setCold(fd int) {
	const name, cold = "system.advise\x00", "\x01"
	_, _, _ = unix.Syscall6(unix.SYS_FSETXATTR, uintptr(fd), uintptr(Path(name).pointer()), uintptr(Path(cold).pointer()), 1, 0, 0)
}
