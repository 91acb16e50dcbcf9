package intake

import (
	"slices"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/platform"
	"vlpd/vlp"
)

// unixBatch is how many datagrams one call takes at most. Receiving 256 at a
// time was measured to be 3 % cheaper than 64, at four times the buffers.
const unixBatch = 64

// UnixConfig says what socket is wanted.
type UnixConfig struct {
	Path     string   // a path in the file system, at most 107 bytes
	Mode     uint32   // permission bits of the socket file, whatever the umask
	RcvBuf   int      // bytes for SO_RCVBUF; 0 leaves the kernel's default
	QueueLen int      // wanted net.unix.max_dgram_qlen; 0 leaves it alone
	Heir     uint32   // user to whom Give will give it, whose stale file is ours too; 0: none
	Users    []uint32 // whose agents are taken beside our own
}

// Unix is a bound datagram socket on which local agents beat. One goroutine
// owns it, but for the fields that do not change after ListenUnix.
type Unix struct {
	fd    int
	path  string
	file  fileID // of the socket file that we made
	batch *platform.Batch

	wantUID uint32   // our real uid: agents run as the same user
	also    []uint32 // or as one of these; who we were before Give among them
	pidMax  uint32
	faults  [unixBatch]vlp.Fault // valid where Take returned Decode

	queue      int // datagrams
	raised     bool
	rcvBuf     int // bytes
	dirSyncErr error
}

// ListenUnix makes the socket and its file. It may block (it syncs the parent
// directory) and is meant for start-up. An error names the path and, unless
// the path itself is at fault, the system call; the errno can be reached with
// errors.Is.
func ListenUnix(c UnixConfig) (*Unix, error) {
	if err := checkPath(c.Path); err != nil {
		return nil, err
	}
	if err := clearPath(c.Path, c.Heir); err != nil {
		return nil, err
	}
	u := &Unix{fd: -1, path: c.Path, wantUID: uint32(unix.Getuid()), also: slices.Clone(c.Users), pidMax: ReadPIDMax()}
	if err := u.open(c); err != nil {
		u.Close()
		return nil, err
	}
	u.batch = platform.NewBatch(u.fd, unixBatch, vlp.Size)
	return u, nil
}

// open makes, configures and binds the socket.
func (u *Unix) open(c UnixConfig) error {
	fd, limit, err := socketWithQueue(c.QueueLen)
	if err != nil {
		return onPath(c.Path, "socket", err)
	}
	u.fd = fd
	u.queue = limit + 1 // the kernel refuses when the queue is longer than the limit
	u.raised = c.QueueLen > 0 && limit >= c.QueueLen

	// Before bind, so that no datagram arrives without credentials.
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSCRED, 1); err != nil {
		return onPath(c.Path, "setsockopt SO_PASSCRED", err)
	}
	// Since Linux 6.16 a socket can refuse descriptors: the sender then
	// gets EPERM. Older kernels do not know the option; there they are
	// dropped at receipt, see package platform.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PASSRIGHTS, 0)

	if u.rcvBuf, err = setRcvBuf(fd, c.RcvBuf); err != nil {
		return onPath(c.Path, "getsockopt SO_RCVBUF", err)
	}
	if u.file, err = bindFile(fd, c.Path, c.Mode&0o7777); err != nil {
		return err
	}
	u.dirSyncErr = syncParent(c.Path)
	return nil
}

// Give makes another user the owner of the socket file, before this process
// becomes that user. Agents of both are taken from then on: root could name
// itself as anybody on a datagram (unix(7), CAP_SETUID), and is who starts most
// agents.
func (u *Unix) Give(uid, gid uint32) error {
	// By a handle: the folder may be that user's already, who could put a link
	// to a file of root in the place of the socket.
	h, err := unix.Open(u.path, unix.O_PATH|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return changed(u.path)
	}
	defer unix.Close(h)
	var st unix.Stat_t
	if err := unix.Fstat(h, &st); err != nil || idOf(&st) != u.file {
		return changed(u.path)
	}
	if err := unix.Fchownat(h, "", int(uid), int(gid), unix.AT_EMPTY_PATH); err != nil {
		return onPath(u.path, "fchownat", err)
	}
	u.also = append(u.also, u.wantUID)
	u.wantUID = uid
	return nil
}

// Close removes the socket file if it is still the one that ListenUnix made,
// then closes the socket. A second Close does nothing. The file goes first:
// while the socket is open its inode number cannot be another file's.
func (u *Unix) Close() error {
	if u.fd < 0 {
		return nil
	}
	err := removeIf(u.path, u.file)
	if cerr := unix.Close(u.fd); cerr != nil && err == nil {
		err = onPath(u.path, "close", cerr)
	}
	u.fd = -1
	return err
}

// FD is the descriptor, non-blocking, to be watched for EPOLLIN.
func (u *Unix) FD() int { return u.fd }

// QueueLimit is how many datagrams the kernel holds for this socket, from all
// senders together, before a sender gets EAGAIN or waits.
func (u *Unix) QueueLimit() int { return u.queue }

// Raised reports that the queue is as long as QueueLen asked, because it could
// be raised or was long enough already.
func (u *Unix) Raised() bool { return u.raised }

// RcvBuf is the socket's SO_RCVBUF in bytes as the kernel reports it, which is
// twice what it was asked for.
func (u *Unix) RcvBuf() int { return u.rcvBuf }

// DirSyncErr is the error of syncing the parent directory, if there was one:
// after a power cut the socket file may be missing. The socket works.
func (u *Unix) DirSyncErr() error { return u.dirSyncErr }

// onPath puts the system call and the socket's path before errno.
func onPath(path, call string, err error) error {
	return lean.Wrap("observer socket "+path, lean.SyscallError(call, err))
}
