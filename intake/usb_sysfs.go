package intake

import (
	"strings"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// usbDevice is what sysfs knows of the USB device behind a tty.
type usbDevice struct {
	vendor, product, serial string // idVendor, idProduct, serial
	port                    string // the device's name: bus and ports
	iface                   string // the interface's name after the colon
}

// usbBehind climbs from the device folder of a tty to the folder that has an
// idVendor. Adapters with a driver of the usb-serial family have a folder of
// their own below the interface, CDC-ACM devices have not:
//
//	.../1-1.4/1-1.4:1.0/ttyUSB0
//	.../1-1.4/1-1.4:1.0
func usbBehind(dir string) (usbDevice, bool) {
	var d usbDevice
	for ; len(dir) > 1; dir = parent(dir) {
		if d.vendor = attribute(dir + "/idVendor"); d.vendor != "" {
			d.product = attribute(dir + "/idProduct")
			d.serial = attribute(dir + "/serial")
			d.port = base(dir)
			return d, true
		}
		if _, iface, found := lean.Cut(base(dir), ':'); found && d.iface == "" {
			d.iface = iface
		}
	}
	return usbDevice{}, false
}

// attribute reads a file of sysfs; empty if there is none.
func attribute(path string) string {
	text, _ := lean.ReadText(path)
	return text
}

// find returns the name of the tty that the spec means. Of several ttys on one
// device it is the first, by interface and then by number. Nothing found is
// ENOENT. Several devices are ENOTUNIQ: to choose one would exchange them some
// day, and a serial number or a bus path tells them apart.
func (u *usbSpec) find(sys string) (string, error) {
	names, err := lean.Names(sys + "/class/tty")
	if err != nil {
		return "", err
	}
	var best, bestPort, bestIface string
	for _, name := range names {
		if isConsole(name) {
			continue
		}
		d, found := ttyOnUSB(sys + "/class/tty/" + name)
		if !found || !u.matches(&d) {
			continue
		}
		if best != "" && d.port != bestPort {
			return "", unix.ENOTUNIQ
		}
		if best == "" || less(d.iface, bestIface) || (d.iface == bestIface && less(name, best)) {
			best, bestPort, bestIface = name, d.port, d.iface
		}
	}
	if best == "" {
		return "", unix.ENOENT
	}
	return best, nil
}

// isConsole knows tty, tty0 ... tty63, which are most of what is there and of
// no interest: a slow board should not spend a link on each.
func isConsole(name string) bool {
	number, found := strings.CutPrefix(name, "tty")
	return found && (number == "" || allDigits(number))
}

// ttyOnUSB looks closer only at ttys whose place has a bus in it.
func ttyOnUSB(link string) (usbDevice, bool) {
	class, err := classFolder(link)
	if err != nil || !onUSB(class) {
		return usbDevice{}, false
	}
	return usbBehind(parent(parent(class)))
}

// onUSB looks for a folder like usb1 in a path.
func onUSB(path string) bool {
	for i := range path {
		if strings.HasPrefix(path[i:], "/usb") {
			return true
		}
	}
	return false
}

// less sorts names that end in numbers: ttyUSB9 before ttyUSB10.
func less(a, b string) bool {
	if len(a) != len(b) {
		return len(a) < len(b)
	}
	return a < b
}
