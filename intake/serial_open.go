package intake

import (
	"errors"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// port is an open and configured tty.
type port struct {
	fd   int
	baud int // what the driver says it has set; 0 if it cannot say
	id   identity
	node nodeKey

	settings unix.Termios // as the driver left them
}

// openPort opens the tty at path and sets it up as c says. It may take as long
// as the driver likes.
//
// One descriptor does it all: settings are made through the one that the loop
// will read, so that no modem line moves in between and the other end of a pty
// sees no hang-up. It is opened for reading only; a listener never writes.
//
// That the kernel raises DTR and RTS at the first open cannot be prevented
// here; with HUPCL off they stay up over a close, so that a board which resets
// on their edge does so only when it is plugged in.
func openPort(c *LineConfig, path string, places *Places) (port, error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return port{}, err
	}
	if err := checkNode(places.Sys, &st); err != nil {
		return port{}, err
	}
	fd, err := places.open(path, unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC)
	if err != nil {
		return port{}, lean.SyscallError("open", err)
	}
	p := port{fd: fd, node: keyOf(&st)}
	if err := p.setUp(c, places.Sys); err != nil {
		closePort(fd)
		return port{}, err
	}
	return p, nil
}

func (p *Places) open(path string, flags int) (int, error) {
	if p.Open != nil {
		return p.Open(path, flags)
	}
	return unix.Open(path, flags, 0)
}

// setUp brings an open tty into the state in which the loop may have it.
func (p *port) setUp(c *LineConfig, sys string) error {
	// The kernel's answer for what is no tty is ENOTTY.
	if _, err := unix.IoctlGetTermios(p.fd, unix.TCGETS); err != nil {
		return lean.SyscallError("ioctl TCGETS", err)
	}
	if err := claim(p.fd); err != nil {
		return err
	}
	if !isPTY(p.node.rdev) {
		if err := unix.IoctlSetInt(p.fd, unix.TIOCEXCL, 0); err != nil {
			return lean.SyscallError("ioctl TIOCEXCL", err)
		}
	}
	if err := p.configure(c); err != nil {
		return err
	}
	p.id = identify(sys, p.node.rdev)
	return alive(p.fd)
}

// isPTY reports whether it is the slave of a pseudoterminal (Documentation/
// admin-guide/devices.txt, majors 136 to 143). There TIOCEXCL outlives us if we
// are killed, for as long as the master is open, and keeps out our successor.
func isPTY(rdev uint64) bool {
	major := unix.Major(rdev)
	return major >= 136 && major <= 143
}

// claim keeps out a second observer, which would take every other byte. Unlike
// TIOCEXCL, flock(2) binds root and ends with the process that holds it. A
// kernel without locks (CONFIG_FILE_LOCKING) has none for others either.
func claim(fd int) error {
	err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	switch err {
	case unix.EWOULDBLOCK:
		err = unix.EBUSY
	case unix.ENOSYS:
		err = nil
	}
	return lean.SyscallError("flock", err)
}

// alive asks whether the other end is there: a pty without master and a device
// that left while we set it up are open and hung up at once. A signal for the
// runtime that comes meanwhile is EINTR, even though there is nothing to wait for.
func alive(fd int) error {
	fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	err := error(unix.EINTR)
	for err == unix.EINTR {
		_, err = unix.Poll(fds, 0)
	}
	if err == nil && fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0 {
		return errHungUp
	}
	return lean.SyscallError("poll", err)
}

// errHungUp is the reason hangup found while opening.
var errHungUp = errors.New("hung up")

// closePort gives a tty back. Exclusive use ends with the last close, which on
// a pty need not be ours: its master holds the tty as well. So it is ended by
// name; on a line that has hung up that fails and does not matter.
func closePort(fd int) {
	unix.IoctlSetInt(fd, unix.TIOCNXCL, 0)
	unix.Close(fd)
}
