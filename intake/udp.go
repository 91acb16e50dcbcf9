package intake

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/platform"
	"vlpd/secure"
	"vlpd/vlp"
)

const (
	// udpBatch is how many datagrams one call takes at most.
	udpBatch = 64

	// udpTruesize is what the kernel charges to the receive buffer for a
	// datagram as small as ours, in bytes: its struct sk_buff and the least
	// that is allocated for data (skb->truesize, measured on loopback).
	udpTruesize = 832
)

// UDPConfig says what socket is wanted.
type UDPConfig struct {
	IP     [16]byte // IPv4 in its mapped form, ::ffff:a.b.c.d
	V4     bool     // an IPv4 socket; else IPv6, and :: takes IPv4 as well if the system says so
	Port   uint16   // 0 lets the kernel choose
	Text   string   // how errors call the address
	RcvBuf int      // bytes for SO_RCVBUF; 0 leaves the kernel's default

	// Opener opens sealed frames, and plain ones are refused; without it only
	// plain ones are taken. The source owns it from then on.
	Opener *secure.Opener
}

// UDP is a bound UDP socket on which agents beat, in plain or in sealed frames.
// Nobody vouches for who sends to it. One goroutine owns it.
type UDP struct {
	fd     int
	batch  *platform.Batch
	opener *secure.Opener

	port   uint16
	rcvBuf int // SO_RCVBUF in bytes as the kernel reports it: twice what it was asked for

	drops     uint64
	lastDrops uint32 // as the kernel counts, modulo 2^32

	judged   [udpBatch]Reason // Reasons: not yet
	faults   [udpBatch]vlp.Fault
	sessions [udpBatch]secure.Session
	plains   [udpBatch][vlp.Size]byte // of sealed frames
}

// ListenUDP makes the socket. An error names the address and the system call.
func ListenUDP(c UDPConfig) (*UDP, error) {
	u := &UDP{fd: -1, opener: c.Opener}
	if err := u.open(&c); err != nil {
		if u.fd >= 0 {
			unix.Close(u.fd)
		}
		what := "UDP bind "
		if c.Opener != nil {
			what = "secure UDP bind "
		}
		return nil, lean.Wrap(what+c.Text, err)
	}
	// Slots hold the longest frame; the kernel tells the true length of
	// whatever is longer.
	u.batch = platform.NewBatch(u.fd, udpBatch, secure.MasterSize)
	return u, nil
}

// open makes, configures and binds the socket.
func (u *UDP) open(c *UDPConfig) error {
	family, sa := unix.AF_INET6, unix.Sockaddr(&unix.SockaddrInet6{Port: int(c.Port), Addr: c.IP})
	if c.V4 {
		family, sa = unix.AF_INET, &unix.SockaddrInet4{Port: int(c.Port), Addr: [4]byte(c.IP[12:])}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return lean.SyscallError("socket", err)
	}
	u.fd = fd
	// Before bind, so that no drop goes uncounted. Without the option (before
	// Linux 2.6.33) there is just no count.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1)
	if u.rcvBuf, err = setRcvBuf(fd, c.RcvBuf); err != nil {
		return lean.SyscallError("getsockopt SO_RCVBUF", err)
	}
	if err := unix.Bind(fd, sa); err != nil {
		return lean.SyscallError("bind", err)
	}
	return u.readPort()
}

// readPort asks which port it is; both families have it in the same place. The
// library's Getsockname would link every kind of address.
func (u *UDP) readPort() error {
	var sa [unix.SizeofSockaddrInet6]byte
	size := uint32(len(sa))
	_, _, e := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(u.fd), uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)))
	if e != 0 {
		return lean.SyscallError("getsockname", e)
	}
	u.port = binary.BigEndian.Uint16(sa[2:])
	return nil
}

// Close closes the socket and overwrites the opener's keys. A second Close
// does nothing.
func (u *UDP) Close() error {
	if u.fd < 0 {
		return nil
	}
	err := lean.SyscallError("close", unix.Close(u.fd))
	u.fd = -1
	if u.opener != nil {
		u.opener.Close()
	}
	return err
}

// FD is the descriptor, non-blocking, to be watched for EPOLLIN.
func (u *UDP) FD() int { return u.fd }

// Port is the port that the socket is bound to.
func (u *UDP) Port() uint16 { return u.port }

// QueueLimit is about how many datagrams the kernel holds for this socket; it
// counts bytes, and drops what does not fit without a word to the sender.
func (u *UDP) QueueLimit() int { return u.rcvBuf / udpTruesize }

// Drops is how many datagrams the kernel dropped before they could be
// received. It is told with the next datagram that comes after them.
func (u *UDP) Drops() uint64 { return u.drops }

// Opener is what opens sealed frames here, nil for plain ones.
func (u *UDP) Opener() *secure.Opener { return u.opener }
