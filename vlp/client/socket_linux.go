package client

import (
	"errors"
	"net/netip"
	"strconv"
	"syscall"
)

// socket is a connected datagram socket. It is not the net package's: that one
// makes a Write wait for room, and has the runtime woken each time that there
// is some.
type socket struct {
	fd     int
	family int
	to     syscall.Sockaddr
}

func unixSocket(path string) way {
	return &socket{fd: -1, family: syscall.AF_UNIX, to: &syscall.SockaddrUnix{Name: path}}
}

func udpSocket(to netip.AddrPort) (way, error) {
	ip := to.Addr().Unmap()
	if ip.Is4() {
		return &socket{fd: -1, family: syscall.AF_INET, to: &syscall.SockaddrInet4{Port: int(to.Port()), Addr: ip.As4()}}, nil
	}
	sa := &syscall.SockaddrInet6{Port: int(to.Port()), Addr: ip.As16()}
	if zone := ip.Zone(); zone != "" {
		n, err := strconv.ParseUint(zone, 10, 32)
		if err != nil {
			return nil, errors.New("a zone is the number of an interface here, got " + strconv.Quote(zone))
		}
		sa.ZoneId = uint32(n)
	}
	return &socket{fd: -1, family: syscall.AF_INET6, to: sa}, nil
}

// connect makes a new socket: what the old one still has in the queue of an
// observer that hangs counts against its send buffer. The old one stays until
// there is another: who removed its path may still read from it.
func (s *socket) connect() Outcome {
	fd, err := syscall.Socket(s.family, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err == nil {
		if err = syscall.Connect(fd, s.to); err == nil {
			s.close()
			s.fd = fd
			return Outcome{}
		}
		syscall.Close(fd)
	}
	return outcomeOf(err)
}

// send is one write(2), which on a connected datagram socket is send(2).
func (s *socket) send(frame []byte) (Outcome, bool) {
	if s.fd < 0 {
		return errno(syscall.ENOTCONN), false
	}
	for {
		_, err := syscall.Write(s.fd, frame) // all of a datagram or nothing
		if err == syscall.EINTR {
			continue
		}
		if err == nil {
			return Outcome{}, false
		}
		e, _ := err.(syscall.Errno)
		return errno(e), false
	}
}

func (s *socket) close() error {
	if s.fd < 0 {
		return nil
	}
	fd := s.fd
	s.fd = -1
	return syscall.Close(fd)
}
