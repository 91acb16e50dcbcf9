package metrics

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// The two calls that x/sys/unix only has with an allocation or without a
// result that matters here.

// accept is accept4(2) and also tells who the client is.
func accept(fd int) (int, address, unix.Errno) {
	var from sockaddrIn
	size := uint32(unsafe.Sizeof(from))
	n, _, errno := unix.Syscall6(unix.SYS_ACCEPT4, uintptr(fd), uintptr(unsafe.Pointer(&from)), uintptr(unsafe.Pointer(&size)),
		unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0, 0)
	return int(n), from.address(), errno
}

// send is send(2) without the signal for a client that is gone; b must not be
// empty.
func send(fd int, b []byte) (int, unix.Errno) {
	n, _, errno := unix.Syscall6(unix.SYS_SENDTO, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)),
		unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}
