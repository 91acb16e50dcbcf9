package intake

import (
	"fmt"
	"strings"
	"testing"
)

func TestParseLine(t *testing.T) {
	plain := LineConfig{Name: "a", Device: "/dev/ttyS1", Baud: 115200, Stops: 1, Parity: 'N'}
	with := func(change func(c *LineConfig)) LineConfig { c := plain; change(&c); return c }
	for s, want := range map[string]LineConfig{
		"a=/dev/ttyS1":                    plain,
		"a=/dev/ttyS1,9600":               with(func(c *LineConfig) { c.Baud = 9600 }),
		"a=/dev/ttyS1,74880,8E2":          with(func(c *LineConfig) { c.Baud, c.Parity, c.Stops = 74880, 'E', 2 }),
		"a=/dev/ttyS1,50,8o1,trust=yes":   with(func(c *LineConfig) { c.Baud, c.Parity, c.Trusted = 50, 'O', true }),
		"a=/dev/ttyS1,trust=yes":          with(func(c *LineConfig) { c.Trusted = true }),
		"a=/dev/ttyS1,trust=no":           plain,
		"a=/dev/ttyS1,key-file=/etc/k=1":  with(func(c *LineConfig) { c.KeyFile = "/etc/k=1" }),
		"a=/dev/ttyS1,20000000,trust=yes": with(func(c *LineConfig) { c.Baud, c.Trusted = 20000000, true }),
		"a=/dev/x=y":                      with(func(c *LineConfig) { c.Device = "/dev/x=y" }),
		"a=tty":                           with(func(c *LineConfig) { c.Device = "tty" }),
		"mcu_0-" + strings.Repeat("z", 26) + "=usb:0403:6001:A9,9600": with(func(c *LineConfig) {
			c.Name, c.Device, c.Baud = "mcu_0-"+strings.Repeat("z", 26), "usb:0403:6001:A9", 9600
		}),
		"a=usb:1-1.4:1.0": with(func(c *LineConfig) { c.Device = "usb:1-1.4:1.0" }),
	} {
		got, err := ParseLine(s)
		if err != nil || got != want {
			t.Errorf("%s\ngot  %+v, %v\nwant %+v", s, got, err, want)
		}
	}
}

func TestParseLineSaysWhatIsWrong(t *testing.T) {
	const (
		speed  = "speed: expected bits per second from 50 to 20000000, got "
		mode   = "mode: expected 8 data bits, which frames need, N, E or O, and 1 or 2 stop bits, as in 8N1, got "
		option = "option: expected trust=yes, trust=no or key-file=PATH, got "
		name   = "name: expected 1 to 32 of a-z, 0-9, _ and -, got "
	)
	for s, want := range map[string]string{
		"":                                   `line: expected NAME=DEVICE[,BAUD[,8N1]][,trust=yes][,key-file=PATH], got ""`,
		"/dev/ttyS0":                         `line: expected NAME=DEVICE[,BAUD[,8N1]][,trust=yes][,key-file=PATH], got "/dev/ttyS0"`,
		"=/dev/ttyS0":                        name + `""`,
		"A=/dev/ttyS0":                       name + `"A"`,
		"a/b=/dev/ttyS0":                     name + `"a/b"`,
		strings.Repeat("n", 33) + "=/dev/x":  name + `"` + strings.Repeat("n", 33) + `"`,
		"a=":                                 `device: expected a path or usb:..., got nothing`,
		"a=,9600":                            `device: expected a path or usb:..., got nothing`,
		"a=usb:zz":                           `device: expected usb:VENDOR:PRODUCT[:SERIAL]`,
		"a=usb:1-":                           `device: expected usb:BUSPATH`,
		"a=/dev/x,":                          speed + `""`,
		"a=/dev/x,fast":                      speed + `"fast"`,
		"a=/dev/x,+9600":                     speed + `"+9600"`,
		"a=/dev/x,-1":                        speed + `"-1"`,
		"a=/dev/x,49":                        speed + `"49"`,
		"a=/dev/x,20000001":                  speed + `"20000001"`,
		"a=/dev/x,8N1":                       speed + `"8N1"`,
		"a=/dev/x,9600,":                     mode + `""`,
		"a=/dev/x,9600,9N1":                  mode + `"9N1"`,
		"a=/dev/x,9600,7E1":                  mode + `"7E1"`,
		"a=/dev/x,9600,8M1":                  mode + `"8M1"`,
		"a=/dev/x,9600,8N3":                  mode + `"8N3"`,
		"a=/dev/x,9600,8N1,8N1":              option + `"8N1"`,
		"a=/dev/x,trust=yes,9600":            option + `"9600"`,
		"a=/dev/x,trust=maybe":               `trust: expected yes or no, got "maybe"`,
		"a=/dev/x,key-file=":                 `key-file: expected a path, got ""`,
		"a=/dev/x,9600,8N1,trust=yes,turbo=": option + `"turbo="`,
	} {
		_, err := ParseLine(s)
		if err == nil {
			t.Errorf("%q was taken", s)
		} else if !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "serial line ") {
			t.Errorf("%q\ngot  %v\nwant %s", s, err, want)
		}
	}
}

// Whatever is taken is within the limits, and says the same when it is put
// together again.
func FuzzParseLine(f *testing.F) {
	for _, s := range []string{
		"a=/dev/ttyS1", "a=/dev/ttyS1,9600,8N1,trust=yes", "a=usb:0403:6001:A:B,9600",
		"a=usb:1-1.4:1.0,trust=no", "a==,50", "a=/dev/x,9600,7e2", "=", ",,,=,", "a=usb:1-1",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseLine(s)
		if err != nil {
			if c != (LineConfig{}) {
				t.Fatalf("refused, and yet %+v", c)
			}
			return
		}
		if !validLineName(c.Name) || c.Device == "" || c.Baud < minBaud || c.Baud > maxBaud ||
			c.Stops < 1 || c.Stops > 2 || !strings.ContainsRune("NEO", rune(c.Parity)) {
			t.Fatalf("%q: %+v", s, c)
		}
		if again, err := ParseLine(spell(c)); err != nil || again != c {
			t.Fatalf("%q: %+v, then %q: %+v, %v", s, c, spell(c), again, err)
		}
		if o, err := newOpener(c, SystemPlaces); err != nil || o.cfg.Device == "" {
			t.Fatalf("%q: taken, but not by the opener: %v", s, err)
		}
	})
}

func spell(c LineConfig) string {
	trust := "no"
	if c.Trusted {
		trust = "yes"
	}
	spelt := fmt.Sprintf("%s=%s,%d,8%c%d,trust=%s", c.Name, c.Device, c.Baud, c.Parity, c.Stops, trust)
	if c.KeyFile != "" {
		spelt += ",key-file=" + c.KeyFile
	}
	return spelt
}
