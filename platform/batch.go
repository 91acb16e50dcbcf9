package platform

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// mmsghdr is struct mmsghdr of include/linux/socket.h:
//
//	struct user_msghdr msg_hdr;
//	unsigned int       msg_len;
//
// Its padding to a word comes from Go's own alignment of unix.Msghdr.
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

const (
	// controlSize is what a slot offers for ancillary data: the sender's
	// credentials and not one byte more. (UDP's drops are smaller.) The kernel writes them first
	// (include/net/scm.h, scm_recv), so whatever else a sender attaches
	// finds no room: no descriptor of his is ever installed here, nobody
	// has to close it, and the datagram says MSG_CTRUNC. A socket that
	// asks for more kinds (SO_PASSSEC, SO_PASSPIDFD, SO_TIMESTAMP) needs
	// more room.
	controlSize = int(cmsgSpaceCred)

	// slotAlign puts each slot on cache lines of its own.
	slotAlign = 64
)

// Batch receives many datagrams with one call. Headers, vectors and buffers
// are made once and reused; a received datagram is valid until the next Recv.
// One goroutine owns a Batch. It does not own the descriptor.
type Batch struct {
	fd      int
	size    int // bytes of a datagram that are kept
	stride  int
	msgs    []mmsghdr
	iovs    []unix.Iovec
	data    []byte
	control []uint64 // of words, so that each slot's part is aligned
	creds   []cred
}

// NewBatch makes a batch of n slots of size bytes each (at least 32) for the
// socket fd.
func NewBatch(fd, n, size int) *Batch {
	if n < 1 || n > 1024 || size < 32 {
		panic("platform: batch of " + strconv.Itoa(n) + " slots of " + strconv.Itoa(size) + " bytes")
	}
	stride := (size + slotAlign - 1) &^ (slotAlign - 1)
	b := &Batch{
		fd: fd, size: size, stride: stride,
		msgs:    make([]mmsghdr, n),
		iovs:    make([]unix.Iovec, n),
		data:    make([]byte, n*stride),
		control: make([]uint64, n*controlSize/8),
		creds:   make([]cred, n),
	}
	for i := range b.msgs {
		b.iovs[i].Base = &b.data[i*stride]
		b.iovs[i].SetLen(size)
		h := &b.msgs[i].hdr
		h.Iov = &b.iovs[i]
		h.SetIovlen(1)
		h.Control = (*byte)(unsafe.Pointer(&b.control[i*controlSize/8]))
		h.SetControllen(controlSize)
	}
	return b
}

// Recv takes what is waiting, up to the number of slots, without ever
// sleeping, and returns how many slots it filled: 0 when nothing waits. Fewer
// than there are slots does not mean that nothing is left: recvmmsg(2) stops
// early for an error, which it keeps for the next call, and an emulator for a
// signal. An error is an *os.SyscallError and means that no slot was filled.
func (b *Batch) Recv() (n int, err error) {
	// MSG_TRUNC asks for the true length of a datagram that does not fit.
	// MSG_CMSG_CLOEXEC is for the case that controlSize ever grows.
	const flags = unix.MSG_DONTWAIT | unix.MSG_TRUNC | unix.MSG_CMSG_CLOEXEC
	for {
		r, _, e := unix.RawSyscall6(sysRecvmmsg, uintptr(b.fd),
			uintptr(unsafe.Pointer(&b.msgs[0])), uintptr(len(b.msgs)), flags, 0, 0)
		switch e {
		case 0:
			b.settle(int(r))
			return int(r), nil
		case unix.EAGAIN:
			return 0, nil
		case unix.EINTR:
			continue
		}
		return 0, lean.SyscallError("recvmmsg", e)
	}
}

// settle reads the ancillary data of the first n slots and gives their headers
// the capacity back that the kernel overwrote with a length.
func (b *Batch) settle(n int) {
	for i := range b.msgs[:n] {
		h := &b.msgs[i].hdr
		got := min(int(h.Controllen), controlSize)
		b.creds[i] = scanControl(unsafe.Slice(h.Control, got))
		h.SetControllen(controlSize)
	}
}

// Bytes is the datagram in slot i, cut at the slot's size.
func (b *Batch) Bytes(i int) []byte {
	off := i * b.stride
	return b.data[off : off+min(b.Len(i), b.size)]
}

// Slot is the first 32 bytes of slot i; beyond Len they are left over from
// earlier datagrams.
func (b *Batch) Slot(i int) *[32]byte {
	return (*[32]byte)(b.data[i*b.stride:])
}

// Len is how many bytes were sent, also when that is more than a slot holds.
func (b *Batch) Len(i int) int { return int(b.msgs[i].len) }

// CTruncated reports that the sender attached more than credentials.
func (b *Batch) CTruncated(i int) bool { return b.msgs[i].hdr.Flags&unix.MSG_CTRUNC != 0 }

// Cred is who sent the datagram in slot i, as the kernel attests if the socket
// has SO_PASSCRED: pid is 0 for a process outside our pid namespace, uid is
// the overflow uid for a user outside our user namespace. ok is false when no
// credentials came.
func (b *Batch) Cred(i int) (pid int32, uid uint32, ok bool) {
	c := &b.creds[i]
	return c.pid, c.uid, c.ok
}

// Drops is how many datagrams the kernel had dropped when the one in slot i
// came, for want of room or for a wrong checksum, modulo 2^32. It is 0 if
// there were none or the socket has no SO_RXQ_OVFL, socket(7).
func (b *Batch) Drops(i int) uint32 { return b.creds[i].drops }
