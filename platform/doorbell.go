package platform

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Doorbell is an eventfd: any goroutine rings, one epoll set hears it. Several
// rings before it is answered are one. See eventfd(2).
type Doorbell struct {
	fd    int
	count [8]byte
}

// NewDoorbell makes a silent doorbell.
func NewDoorbell() (*Doorbell, error) {
	fd, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		return nil, lean.SyscallError("eventfd2", err)
	}
	return &Doorbell{fd: fd}, nil
}

// FD is what the epoll set watches for EPOLLIN.
func (d *Doorbell) FD() int { return d.fd }

// Ring may be called from any goroutine. It cannot block: a counter that is
// full means that the bell is ringing already.
func (d *Doorbell) Ring() {
	var one [8]byte
	binary.NativeEndian.PutUint64(one[:], 1)
	unix.RawSyscall(unix.SYS_WRITE, uintptr(d.fd), uintptr(unsafe.Pointer(&one[0])), 8)
}

// Answer silences the bell; only the owner of the epoll set calls it. Answer
// first and look second, so that a ring during the look is not lost.
func (d *Doorbell) Answer() {
	unix.RawSyscall(unix.SYS_READ, uintptr(d.fd), uintptr(unsafe.Pointer(&d.count[0])), 8)
}

// Close gives the descriptor back.
func (d *Doorbell) Close() error { return unix.Close(d.fd) }
