package metrics

import (
	"encoding/binary"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

const (
	// backlog connections wait in the kernel while all slots are taken.
	backlog = 64

	// What the kernel may hold for one connection (it doubles both figures).
	// Left alone it would let a slow client pile up four megabytes.
	sendBufferBytes    = 128 << 10
	receiveBufferBytes = 8 << 10
)

// listen opens the listening socket and returns the address it really has.
func listen(a Addr) (fd int, bound Addr, err error) {
	family := unix.AF_INET6
	if a.V4 {
		family = unix.AF_INET
	}
	fd, err = unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, a, addrError(a, "socket", err)
	}
	if err = setUp(fd, a); err == nil {
		bound, err = boundAddr(fd, a)
	}
	if err != nil {
		unix.Close(fd)
		return -1, a, err
	}
	return fd, bound, nil
}

// setUp sets options, which accepted sockets inherit, and starts listening.
func setUp(fd int, a Addr) error {
	for _, o := range []struct{ level, name, value int }{
		{unix.SOL_SOCKET, unix.SO_REUSEADDR, 1},
		{unix.SOL_SOCKET, unix.SO_SNDBUF, sendBufferBytes},
		{unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBufferBytes},
		{unix.IPPROTO_TCP, unix.TCP_NODELAY, 1}, // pieces must not wait for an ACK
	} {
		if err := unix.SetsockoptInt(fd, o.level, o.name, o.value); err != nil {
			return addrError(a, "setsockopt", err)
		}
	}
	sa, err := sockaddr(fd, a)
	if err != nil {
		return err
	}
	if err := unix.Bind(fd, sa); err != nil {
		return addrError(a, "bind", err)
	}
	if err := unix.Listen(fd, backlog); err != nil {
		return addrError(a, "listen", err)
	}
	return nil
}

func sockaddr(fd int, a Addr) (unix.Sockaddr, error) {
	if a.V4 {
		return &unix.SockaddrInet4{Port: int(a.Port), Addr: [4]byte(a.IP[12:])}, nil
	}
	sa := &unix.SockaddrInet6{Port: int(a.Port), Addr: a.IP}
	if a.Zone == "" {
		return sa, nil
	}
	if n, ok := lean.Uint(a.Zone, 10, 1<<32-1); ok {
		sa.ZoneId = uint32(n)
		return sa, nil
	}
	ifr, err := unix.NewIfreq(a.Zone)
	if err != nil {
		return nil, lean.Wrap(a.String()+": interface name "+lean.Quote(a.Zone), err)
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifr); err != nil {
		return nil, addrError(a, "ioctl SIOCGIFINDEX", err)
	}
	sa.ZoneId = ifr.Uint32()
	return sa, nil
}

// boundAddr is a with the port that the kernel chose if a asked for none.
func boundAddr(fd int, a Addr) (Addr, error) {
	var sa [unix.SizeofSockaddrInet6]byte
	size := uint32(len(sa))
	_, _, e := unix.RawSyscall(unix.SYS_GETSOCKNAME, uintptr(fd), uintptr(unsafe.Pointer(&sa)), uintptr(unsafe.Pointer(&size)))
	if e != 0 {
		return a, addrError(a, "getsockname", e)
	}
	a.Port = binary.BigEndian.Uint16(sa[2:])
	return a, nil
}

func addrError(a Addr, call string, err error) error {
	return lean.Wrap(a.String(), lean.SyscallError(call, err))
}
