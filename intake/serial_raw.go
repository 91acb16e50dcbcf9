package intake

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// classic are the speeds that termios has names for, see termios(3). Any other is set as a number by settleSpeed.
var classic = [...]struct{ baud, name uint32 }{
	{50, unix.B50}, {75, unix.B75}, {110, unix.B110}, {150, unix.B150}, {200, unix.B200}, {300, unix.B300},
	{600, unix.B600}, {1200, unix.B1200}, {2400, unix.B2400}, {4800, unix.B4800}, {9600, unix.B9600},
	{19200, unix.B19200}, {38400, unix.B38400}, {57600, unix.B57600}, {115200, unix.B115200},
	{230400, unix.B230400}, {460800, unix.B460800}, {500000, unix.B500000}, {576000, unix.B576000},
	{921600, unix.B921600}, {1000000, unix.B1000000}, {1152000, unix.B1152000}, {1500000, unix.B1500000},
	{2000000, unix.B2000000}, {2500000, unix.B2500000}, {3000000, unix.B3000000}, {3500000, unix.B3500000},
	{4000000, unix.B4000000},
}

// speedName is the termios name of a speed, if it has one. For another it is
// 9600, which every UART can do, until the number is set.
func speedName(baud int) (name uint32, known bool) {
	for _, s := range classic {
		if int(s.baud) == baud {
			return s.name, true
		}
	}
	return unix.B9600, false
}

// makeRaw sets the tty so that bytes come as they are on the wire: no echo, no
// editing, no signals, no flow control, modem lines ignored (CLOCAL), and left
// alone at a close (HUPCL off). A byte with a parity or framing error is
// dropped (IGNPAR): the frame that it belonged to is lost either way. known is
// false if the speed has no name; it is then left at one that has.
func makeRaw(fd int, c *LineConfig) (known bool, err error) {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return false, lean.SyscallError("ioctl TCGETS", err)
	}
	speed, known := speedName(c.Baud)
	t.Iflag, t.Oflag, t.Lflag = unix.IGNPAR, 0, 0
	t.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | speed
	switch c.Parity {
	case 'O':
		t.Cflag |= unix.PARENB | unix.PARODD
		t.Iflag |= unix.INPCK
	case 'E':
		t.Cflag |= unix.PARENB
		t.Iflag |= unix.INPCK
	}
	if c.Stops == 2 {
		t.Cflag |= unix.CSTOPB
	}
	t.Ispeed, t.Ospeed = speed, speed
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return known, lean.SyscallError("ioctl TCSETS", unix.IoctlSetTermios(fd, unix.TCSETS, t))
}
