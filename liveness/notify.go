package liveness

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// notifier sends to systemd, or whoever plays its part: one datagram a
// message, lines of NAME=VALUE in it; sd_notify(3).
//
// The socket is connected once, at start: naming the peer with each message
// would look up its path each time, which may wait for a disk, and only a
// connected socket can be waited for until the peer's queue has room.
type notifier struct {
	fd int
	to unix.SockaddrUnix
}

// sunPath is the size of sun_path, unix(7), which holds the NUL of a path too.
// The kernel has room for one byte more of an abstract name, package unix has
// not.
const sunPath = 108

// openNotifier connects to an absolute path or to @NAME, a name that is in no
// file system. It may block.
func openNotifier(name string) (*notifier, error) {
	switch {
	case name == "" || name == "@" || (name[0] != '/' && name[0] != '@'):
		return nil, lean.New("neither an absolute path nor @NAME")
	case len(name) >= sunPath:
		return nil, lean.Mark("longer than sun_path can hold, 107 bytes", unix.ENAMETOOLONG)
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, lean.SyscallError("socket", err)
	}
	n := &notifier{fd: fd, to: unix.SockaddrUnix{Name: name}}
	if err := n.connect(); err != nil {
		unix.Close(fd)
		return nil, err
	}
	return n, nil
}

func (n *notifier) connect() error {
	return lean.SyscallError("connect", unix.Connect(n.fd, &n.to))
}

// send cannot block, so the loop may call it: MSG_DONTWAIT has sendto(2) return
// EAGAIN if the peer's queue is full, and a connected socket needs no path
// looked up. An error is a bare errno.
func (n *notifier) send(p []byte) error {
	_, _, e := unix.RawSyscall6(unix.SYS_SENDTO, uintptr(n.fd), uintptr(unsafe.Pointer(unsafe.SliceData(p))),
		uintptr(len(p)), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, 0, 0)
	if e != 0 {
		return e
	}
	return nil
}

// gone reports whether the peer has closed its socket. Another may be at its
// place by now; the kernel lets go of the old one by itself.
func gone(err error) bool {
	return err == unix.ECONNREFUSED || err == unix.ENOTCONN || err == unix.ECONNRESET
}

// insist waits for room in the peer's queue, for as long as within. It is for
// what must arrive, the first message and the last, and connects anew if the
// peer had gone. It may block for longer in that.
func (n *notifier) insist(p []byte, within time.Duration) error {
	for began := time.Now(); ; {
		err := n.send(p)
		if gone(err) {
			if err := n.connect(); err != nil {
				return err
			}
			err = n.send(p)
		}
		left := within - time.Since(began)
		if !full(err) || left <= 0 {
			return lean.SyscallError("sendto", err)
		}
		room := []unix.PollFd{{Fd: int32(n.fd), Events: unix.POLLOUT}}
		unix.Poll(room, int(left/time.Millisecond)+1) // EINTR: tried once more
	}
}

// full reports whether the peer would take the message later.
func full(err error) bool {
	switch err {
	case unix.EAGAIN, unix.ENOBUFS, unix.ENOMEM, unix.EINTR:
		return true
	}
	return false
}

func (n *notifier) close() { unix.Close(n.fd) }
