package sink

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// On FAT a name, the length of the file and its chain of clusters are three
// things in three places. Where a power cut leaves a chain that is not as long as
// the file, Linux makes all of the file system read-only: a shorter one as soon
// as somebody reads the file to its end, a longer one when the next cluster is
// added (fat_get_cluster, fs/fat/cache.c; fat_chain_add, fs/fat/misc.c).
//
//   - fsync of a file writes its length before its chain (fat_file_fsync,
//     fs/fat/file.c), and the kernel by itself in any order. So clusters are added
//     ahead of the rows, which Linux can since 4.7, and are brought to the disk
//     before these: by the folder's fsync, which writes the chains of all files.
//   - What is opened to be appended to is cut to the length that it has, which
//     frees what a power cut has left of such clusters. The kernel does when a file
//     is closed.
//   - Renames and deletions are synced one by one, see lean.RenameOnFAT.

// ahead is how many bytes of clusters a file has at least beyond its end when its
// sync begins: what is written meanwhile fits as a rule.
const ahead = 32 << 10

// fit has the chain of a file on FAT end where the file does, and adds to it.
func fit(fd int) {
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFREG {
		_ = unix.Ftruncate(fd, st.Size)
		_ = unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, 0, st.Size+2*ahead)
	}
}

// chain is what the sync of a file on FAT needs.
type chain struct {
	dir    int   // its folder, open; -1 for a file that is not on FAT
	blocks int64 // of 512 bytes, which it had at the last sync
}

// chainOf returns what the file fd, of path p, needs.
func chainOf(fd int, p Path) chain {
	c := chain{dir: -1}
	if lean.OnFAT(fd) {
		c.dir, _ = unix.Open(folder(p.String()), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	}
	return c
}

// sync goes before the sync of fd: it brings to the disk the clusters that were
// added since the last time.
func (c *chain) sync(fd int) (err error) {
	if c.dir < 0 {
		return nil
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) == nil && int64(st.Blocks)*512 < st.Size+ahead {
		_ = unix.Fallocate(fd, unix.FALLOC_FL_KEEP_SIZE, 0, st.Size+2*ahead)
	}
	if unix.Fstat(fd, &st) == nil && int64(st.Blocks) != c.blocks {
		c.blocks = int64(st.Blocks)
		err = lean.Fsync(c.dir)
	}
	lean.Touch(fd)
	return err
}

func (c *chain) close() {
	if c.dir >= 0 {
		unix.Close(c.dir)
	}
}

// fatFile opens a file to hold it, if it is on FAT; else fd is -1.
func fatFile(p Path) (fd int) {
	fd, err := openat(p, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1
	}
	if !lean.OnFAT(fd) {
		unix.Close(fd)
		return -1
	}
	return fd
}

// unlinkOnFAT holds the file open until its name is gone from the disk: then its
// clusters may be free.
func unlinkOnFAT(fd int, p Path) error {
	c := chainOf(fd, p)
	defer c.close()
	err := unlink(p)
	if err == nil && c.dir >= 0 {
		err = lean.Fsync(c.dir)
	}
	return err
}
