package intake

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// queueSysctl is how many datagrams a socket may queue, unix(7). It belongs to
// the network namespace, and a socket takes it when it is made: changing it
// later does not reach the socket, so it needs raising for a moment only.
const queueSysctl = "/proc/sys/net/unix/max_dgram_qlen"

// defaultQueue is the kernel's own value, for when the sysctl cannot be read.
const defaultQueue = 10

// socketWithQueue makes a datagram socket while the sysctl is at least want,
// if that is permitted, and returns the limit that the socket got.
func socketWithQueue(want int) (fd, limit int, err error) {
	restore := raiseQueue(want)
	defer restore()
	// The lower of two readings counts: another process may be changing it.
	before := readQueue()
	fd, err = unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	return fd, min(before, readQueue()), err
}

// raiseQueue raises the sysctl to want and returns what puts the old value
// back. It never lowers it, and does nothing if not permitted. The descriptor
// that restores is open before anything is changed, so only a kill in the few
// system calls between can leave the value raised.
func raiseQueue(want int) (restore func()) {
	nothing := func() {}
	if want <= 0 {
		return nothing
	}
	fd, err := unix.Open(queueSysctl, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nothing
	}
	locked := lockFor(fd, 100*time.Millisecond)
	old, ok := readInt(fd)
	if !locked || !ok || old >= want || !writeInt(fd, want) {
		unix.Close(fd)
		return nothing
	}
	return func() {
		writeInt(fd, old)
		unix.Close(fd) // and with it the lock
	}
}

// lockFor keeps observers that start in the same moment from restoring each
// other's raised value. It gives up after limit: anyone who can read the file
// can hold the lock.
func lockFor(fd int, limit time.Duration) bool {
	for left := limit; ; left -= time.Millisecond {
		err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		if err == nil || err == unix.ENOSYS { // without CONFIG_FILE_LOCKING
			return true
		}
		if err != unix.EWOULDBLOCK && err != unix.EINTR || left <= 0 {
			return false
		}
		time.Sleep(time.Millisecond)
	}
}

// readQueue returns the sysctl now in force.
func readQueue() int {
	if v, ok := readIntFile(queueSysctl); ok {
		return v
	}
	return defaultQueue
}

// readIntFile reads a file of /proc/sys that holds one number.
func readIntFile(path string) (int, bool) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	return readInt(fd)
}

func readInt(fd int) (int, bool) {
	var buf [32]byte
	n, err := unix.Pread(fd, buf[:], 0)
	if err != nil || n == 0 {
		return 0, false
	}
	v, ok := lean.Uint(string(lean.TrimBlanks(buf[:n])), 10, 1<<31-1)
	return int(v), ok
}

func writeInt(fd, v int) bool {
	_, err := unix.Pwrite(fd, strconv.AppendInt(nil, int64(v), 10), 0)
	return err == nil
}

// setRcvBuf asks for a receive buffer of want bytes, above the limit of
// net.core.rmem_max if we may (CAP_NET_ADMIN), and returns what the kernel
// says the buffer is. A refusal is no error: the result tells.
func setRcvBuf(fd, want int) (int, error) {
	if want > 0 && unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, want) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, want)
	}
	return unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
}
