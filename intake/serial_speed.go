package intake

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// settleSpeed sets a speed that has no name, and HUPCL off should a driver have
// put it on again. It returns the speed in
// bits per second that the driver settled on, which may be another than was
// asked for: an 8250 above its clock takes the request and sets less.
//
// Speeds as numbers need the second generation of the termios calls, see
// ioctl_tty(2) and BOTHER in asm-generic/termbits.h. Where even reading them
// is refused (user-mode emulators), a speed with a name stands unconfirmed
// and the result is 0.
func settleSpeed(fd, baud int, odd bool) (int, error) {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil && !odd && !gone(err) {
		return 0, nil
	}
	if err != nil {
		return 0, lean.SyscallError("ioctl TCGETS2", err)
	}
	if !odd && t.Cflag&unix.HUPCL == 0 {
		return int(t.Ospeed), nil
	}
	t.Cflag &^= unix.HUPCL
	if odd {
		t.Cflag = t.Cflag&^(unix.CBAUD|unix.CIBAUD) | unix.BOTHER
		t.Ispeed, t.Ospeed = uint32(baud), uint32(baud)
	}
	if err := unix.IoctlSetTermios(fd, unix.TCSETS2, t); err != nil {
		return 0, lean.SyscallError("ioctl TCSETS2", err)
	}
	if t, err = unix.IoctlGetTermios(fd, unix.TCGETS2); err != nil {
		return 0, lean.SyscallError("ioctl TCGETS2", err)
	}
	return int(t.Ospeed), nil
}

// gone reports whether err is what a tty answers after a hang-up.
func gone(err error) bool { return err == unix.EIO || err == unix.ENODEV || err == unix.ENXIO }
