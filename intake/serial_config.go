package intake

import (
	"strings"

	"vlpd/lean"
)

// LineConfig is a serial line as the user asked for it.
type LineConfig struct {
	Name    string // what rows and metrics call the line
	Device  string // a path, or usb:... as in ParseLine
	Baud    int    // bits per second
	Stops   int    // 1 or 2 stop bits
	Parity  byte   // 'N', 'E' or 'O'
	Trusted bool   // whoever holds the wire may cause recoveries
	KeyFile string // of the key that seals its frames; "": they are plain
}

const lineOptions = "trust=yes, trust=no or key-file=PATH"

// Limits of what ParseLine takes.
const (
	maxLineName = 32
	minBaud     = 50         // the slowest speed the kernel has a name for
	maxBaud     = 20_000_000 // beyond the fastest adapters
)

// ParseLine reads NAME=DEVICE[,BAUD[,8N1]][,trust=yes|no][,key-file=PATH]. DEVICE is a path,
// usb:VENDOR:PRODUCT[:SERIAL] with hexadecimal ids, or usb:BUSPATH with or
// without an interface (usb:1-1.4, usb:1-1.4:1.0). Whatever is left out is
// 115200 8N1 and not trusted. An error names the part that is wrong, what was
// expected there and what came.
func ParseLine(s string) (LineConfig, error) {
	c := LineConfig{Baud: 115200, Stops: 1, Parity: 'N'}
	name, rest, found := lean.Cut(s, '=')
	if !found {
		return LineConfig{}, bad(s, "line", "NAME=DEVICE[,BAUD[,8N1]][,trust=yes][,key-file=PATH]", s)
	}
	if !validLineName(name) {
		return LineConfig{}, bad(s, "name", "1 to 32 of a-z, 0-9, _ and -", name)
	}
	parts := lean.Split(rest, ',')
	c.Name, c.Device = name, parts[0]
	if err := checkDevice(c.Device); err != nil {
		return LineConfig{}, lean.Wrap("serial line "+lean.Quote(s)+": device", err)
	}
	if err := c.settings(s, parts[1:]); err != nil {
		return LineConfig{}, err
	}
	return c, nil
}

// bad words all refusals of ParseLine alike.
func bad(line, part, expected, got string) error {
	return lean.New("serial line " + lean.Quote(line) + ": " + part + ": expected " + expected + ", got " + lean.Quote(got))
}

// settings reads what follows the device: speed, then mode, then options.
func (c *LineConfig) settings(s string, parts []string) error {
	for i, part := range parts {
		if key, value, found := lean.Cut(part, '='); found {
			if err := c.option(s, key, value); err != nil {
				return err
			}
			continue
		}
		switch {
		case i == 0:
			baud, ok := lean.Uint(part, 10, maxBaud)
			if !ok || baud < minBaud {
				return bad(s, "speed", "bits per second from 50 to 20000000", part)
			}
			c.Baud = int(baud)
		case i == 1 && strings.IndexByte(parts[0], '=') < 0:
			if !c.mode(part) {
				return bad(s, "mode", "8 data bits, which frames need, N, E or O, and 1 or 2 stop bits, as in 8N1", part)
			}
		default:
			return bad(s, "option", lineOptions, part)
		}
	}
	return nil
}

// mode reads the likes of 8N1. With fewer bits no frame comes through: its bytes
// have eight.
func (c *LineConfig) mode(m string) bool {
	if len(m) != 3 || m[0] != '8' || m[2] < '1' || m[2] > '2' {
		return false
	}
	parity := m[1] &^ ('a' - 'A')
	if parity != 'N' && parity != 'E' && parity != 'O' {
		return false
	}
	c.Parity, c.Stops = parity, int(m[2]-'0')
	return true
}

func (c *LineConfig) option(s, key, value string) error {
	if key == "key-file" {
		if c.KeyFile = value; value == "" {
			return bad(s, "key-file", "a path", value)
		}
		return nil
	}
	if key != "trust" {
		return bad(s, "option", lineOptions, key+"="+value)
	}
	if value != "yes" && value != "no" {
		return bad(s, "trust", "yes or no", value)
	}
	c.Trusted = value == "yes"
	return nil
}

func validLineName(name string) bool {
	if name == "" || len(name) > maxLineName {
		return false
	}
	for i := range len(name) {
		b := name[i]
		if (b < 'a' || b > 'z') && (b < '0' || b > '9') && b != '_' && b != '-' {
			return false
		}
	}
	return true
}

// checkDevice judges the form only; whether it exists is asked when the line
// is opened.
func checkDevice(device string) error {
	if device == "" {
		return lean.New("expected a path or usb:..., got nothing")
	}
	if strings.IndexByte(device, 0) >= 0 {
		return lean.New("expected a path without NUL bytes, got " + lean.Quote(device))
	}
	if spec, isUSB := strings.CutPrefix(device, usbPrefix); isUSB {
		_, err := parseUSB(spec)
		return err
	}
	return nil
}
