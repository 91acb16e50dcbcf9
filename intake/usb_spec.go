package intake

import (
	"strings"

	"vlpd/lean"
)

// usbPrefix starts a device that is named by what it is or where it is
// plugged, and not by a path.
const usbPrefix = "usb:"

// usbSpec selects ttys by what sysfs knows of the USB device behind them.
// Empty fields match anything.
type usbSpec struct {
	vendor, product string // four lower-case hexadecimal digits, as sysfs has them
	serial          string // iSerialNumber; it may contain colons
	port            string // bus and ports, as in 1-1.4
	iface           string // configuration and interface, as in 1.0
}

// parseUSB reads what follows "usb:". A bus path has a '-' before the first
// colon, a vendor id cannot have one, so the two forms never collide.
func parseUSB(s string) (usbSpec, error) {
	first, rest, more := lean.Cut(s, ':')
	if strings.IndexByte(first, '-') >= 0 {
		spec := usbSpec{port: first, iface: rest}
		if !validPort(first) || (more && !validDotted(rest)) {
			return usbSpec{}, lean.New("expected usb:BUSPATH like usb:1-1.4 or usb:1-1.4:1.0, got " + lean.Quote(usbPrefix+s))
		}
		return spec, nil
	}
	product, serial, hasSerial := lean.Cut(rest, ':')
	vendor, okVendor := usbID(first)
	product, okProduct := usbID(product)
	if !okVendor || !okProduct || (hasSerial && serial == "") {
		return usbSpec{}, lean.New("expected usb:VENDOR:PRODUCT[:SERIAL] with hexadecimal ids like usb:0403:6001, or usb:BUSPATH like usb:1-1.4, got " + lean.Quote(usbPrefix+s))
	}
	return usbSpec{vendor: vendor, product: product, serial: serial}, nil
}

// usbID pads an id to the four digits of sysfs.
func usbID(s string) (string, bool) {
	if s == "" || len(s) > 4 {
		return "", false
	}
	id := []byte("0000")
	digits := id[len(id)-len(s):]
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'F' {
			c |= 0x20
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return "", false
		}
		digits[i] = c
	}
	return string(id), true
}

// validPort knows the kernel's names of USB devices: bus, '-', port.port...
func validPort(s string) bool {
	bus, ports, _ := lean.Cut(s, '-')
	return validDotted(bus) && strings.IndexByte(bus, '.') < 0 && validDotted(ports)
}

// validDotted takes digits with single dots between them.
func validDotted(s string) bool {
	for more := true; more; {
		var number string
		if number, s, more = lean.Cut(s, '.'); !allDigits(number) {
			return false
		}
	}
	return true
}

// allDigits takes one decimal digit or more, and nothing else.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// matches reports whether d is a device that the spec means.
func (u *usbSpec) matches(d *usbDevice) bool {
	return (u.vendor == "" || u.vendor == d.vendor) &&
		(u.product == "" || u.product == d.product) &&
		(u.serial == "" || u.serial == d.serial) &&
		(u.port == "" || u.port == d.port) &&
		(u.iface == "" || u.iface == d.iface)
}
