package intake

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// identity is what a device is, as far as the kernel can tell, so that the
// same board in another port or under another number is known again, and a
// stranger under the old name is noticed.
type identity struct {
	rdev   uint64
	device string // from sysfs; empty for ptys and where sysfs is not mounted
}

// replacedBy reports whether is cannot be what was there before. What sysfs
// says of both decides; else the device number does.
func (was identity) replacedBy(is identity) bool {
	if was.device != "" && is.device != "" {
		return was.device != is.device
	}
	return was != is
}

// identify asks sysfs for the device behind a device number. A USB adapter
// with a serial number is that number wherever it is plugged; one without is
// the port it sits in. Any other device is its place in the device tree.
func identify(sys string, rdev uint64) identity {
	id := identity{rdev: rdev}
	class, err := classFolder(charDevice(sys, rdev))
	if err != nil {
		return id
	}
	if _, err := readlink(class + "/device"); err != nil {
		return id // a virtual terminal
	}
	dir := parent(parent(class))
	d, isUSB := usbBehind(dir)
	if !isUSB {
		id.device = dir
		return id
	}
	where := "serial " + d.serial
	if d.serial == "" {
		where = "port " + d.port
	}
	// Adapters with several connectors number them in the last two.
	id.device = "usb " + d.vendor + ":" + d.product + " " + where +
		" interface " + d.iface + " connector " + attribute(dir+"/port_number")
	return id
}

// classFolder follows one of sysfs's links to a tty, by class or by number, to
// its folder, which is DEVICE/tty/NAME. Such a link is relative and has no link
// on its way, so one readlink is all.
func classFolder(link string) (string, error) {
	target, err := readlink(link)
	if err != nil {
		return "", err
	}
	dir := parent(link)
	for {
		up, found := strings.CutPrefix(target, "../")
		if !found {
			return join(dir, target), nil
		}
		dir, target = parent(dir), up
	}
}

// charDevice is the folder in which sysfs describes a character device.
func charDevice(sys string, rdev uint64) string {
	return sys + "/dev/char/" + strconv.Itoa(int(unix.Major(rdev))) + ":" + strconv.Itoa(int(unix.Minor(rdev)))
}

// checkNode refuses, without opening it, what is known to be no tty: to open a
// FIFO or a printer is rude, to open a watchdog starts it. What sysfs does not
// know passes, and is asked once it is open.
func checkNode(sys string, st *unix.Stat_t) error {
	if st.Mode&unix.S_IFMT != unix.S_IFCHR {
		return unix.ENOTTY
	}
	if uint64(st.Rdev) == unix.Mkdev(5, 2) {
		return unix.ENOTTY // /dev/ptmx: each open makes a new pair that nobody writes to
	}
	class, err := readlink(charDevice(sys, uint64(st.Rdev)) + "/subsystem")
	if err == nil && base(class) != "tty" {
		return unix.ENOTTY
	}
	return nil
}

// nodeKey tells a node from one that was made anew under the same name, even
// if file system and kernel gave it the same numbers.
type nodeKey struct {
	dev, ino, rdev uint64
	ctimeNS        int64
}

func keyOf(st *unix.Stat_t) nodeKey {
	return nodeKey{uint64(st.Dev), uint64(st.Ino), uint64(st.Rdev), st.Ctim.Nano()}
}
