package intake

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

var (
	ftdiA  = adapter{port: "1-1.4", iface: "1.0", vendor: "0403", product: "6001", serial: "A900", tty: "ttyUSB10"}
	ftdiB  = adapter{port: "1-1.2", iface: "1.0", vendor: "0403", product: "6001", serial: "B:17", tty: "ttyUSB1"}
	acm    = adapter{port: "1-1.3", iface: "1.0", vendor: "2341", product: "0043", serial: "7533", tty: "ttyACM0", acm: true}
	ch340  = adapter{port: "1-1.5", iface: "1.0", vendor: "1a86", product: "7523", tty: "ttyUSB2"}
	quad0  = adapter{port: "1-1.6", iface: "1.0", vendor: "0403", product: "6011", serial: "Q", tty: "ttyUSB12"}
	quad1  = adapter{port: "1-1.6", iface: "1.1", vendor: "0403", product: "6011", serial: "Q", tty: "ttyUSB3"}
	twin10 = adapter{port: "1-1.7", iface: "1.0", vendor: "9710", product: "7840", tty: "ttyUSB20", connector: "1"}
	twin9  = adapter{port: "1-1.7", iface: "1.0", vendor: "9710", product: "7840", tty: "ttyUSB9", connector: "0"}
)

func TestUSBFind(t *testing.T) {
	k := newFakeKernel(t)
	for i, a := range []adapter{ftdiA, ftdiB, acm, ch340, quad0, quad1, twin10, twin9} {
		k.plug(a, unix.Mkdev(188, uint32(i)))
	}
	for spec, want := range map[string]any{
		"0403:6001:A900": "ttyUSB10",
		"403:6001:B:17":  "ttyUSB1",
		"0403:6001":      unix.ENOTUNIQ,
		"2341:43":        "ttyACM0",
		"1A86:7523":      "ttyUSB2",
		"1-1.5":          "ttyUSB2",
		"1-1.3:1.0":      "ttyACM0",
		"0403:6011":      "ttyUSB12", // the first interface, not the lowest number
		"1-1.6:1.1":      "ttyUSB3",
		"9710:7840":      "ttyUSB9", // the first number
		"0403:6001:C":    unix.ENOENT,
		"1-1":            unix.ENOENT,
		"1-1.6:1.2":      unix.ENOENT,
	} {
		u, err := parseUSB(spec)
		if err != nil {
			t.Errorf("%s: %v", spec, err)
			continue
		}
		name, err := u.find(k.Sys)
		if got := any(name); err != nil && err != want || err == nil && got != want {
			t.Errorf("%s: expected %v, got %q, %v", spec, want, name, err)
		}
	}
}

func TestUSBSpecIsJudged(t *testing.T) {
	for _, spec := range []string{
		"", ":", "0403", "0403:", ":6001", "0403:6001:", "04030:6001", "xyz:6001",
		"1-", "-1", "1-1.", "1-1..2", "1.2-1", "1-1:", "1-1:1.", "1-1:x", "a-1",
	} {
		if u, err := parseUSB(spec); err == nil {
			t.Errorf("%q: taken as %+v", spec, u)
		} else if !strings.Contains(err.Error(), "expected usb:") || !strings.Contains(err.Error(), spec) {
			t.Errorf("%q: the error is no help: %v", spec, err)
		}
	}
}

func TestIdentity(t *testing.T) {
	k := newFakeKernel(t)
	number := func(i int) uint64 { return unix.Mkdev(188, uint32(i)) }
	all := []adapter{ftdiA, ftdiB, acm, ch340, quad0, quad1, twin10, twin9}
	for i, a := range all {
		k.plug(a, number(i))
	}
	seen := map[string]int{}
	for i, a := range all {
		id := identify(k.Sys, number(i))
		if other, double := seen[id.device]; double || id.device == "" {
			t.Errorf("%s is %q, and so is %d", a.tty, id.device, other)
		}
		seen[id.device] = i
	}
	moved := func(a adapter) identity {
		now := a
		now.port, now.tty = "1-1.1", "ttyUSB30"
		k2 := newFakeKernel(t)
		k2.plug(now, number(30))
		return identify(k2.Sys, number(30))
	}
	for _, tc := range []struct {
		name     string
		was, is  identity
		replaced bool
	}{
		{"same", identify(k.Sys, number(0)), identify(k.Sys, number(0)), false},
		{"other serial number", identify(k.Sys, number(0)), identify(k.Sys, number(1)), true},
		{"with serial number, moved", identify(k.Sys, number(0)), moved(ftdiA), false},
		{"without, moved", identify(k.Sys, number(3)), moved(ch340), true},
		{"other interface", identify(k.Sys, number(4)), identify(k.Sys, number(5)), true},
		{"other connector", identify(k.Sys, number(6)), identify(k.Sys, number(7)), true},
		{"ptys, same number", identity{rdev: 1}, identity{rdev: 1}, false},
		{"ptys, other number", identity{rdev: 1}, identity{rdev: 2}, true},
		{"pty, then adapter", identity{rdev: 1}, identify(k.Sys, number(0)), true},
	} {
		if got := tc.was.replacedBy(tc.is); got != tc.replaced {
			t.Errorf("%s: replaced %v: %+v, %+v", tc.name, got, tc.was, tc.is)
		}
	}
}

// The whole way: waiting for an adapter, unplug, return under another number,
// and a stranger in its port.
func TestLineByUSB(t *testing.T) {
	for spec, byPort := range map[string]bool{"a=usb:0403:6001:A900": false, "a=usb:1-1.4:1.0": true} {
		t.Run(spec, func(t *testing.T) {
			k := newFakeKernel(t)
			k.plug(ftdiB, unix.Mkdev(188, 1)) // a bystander
			r := newRig(t, k.Places, spec)
			r.expect(0, false, event.LineMissing)
			p := newPTY(t)
			k.plug(ftdiA, p.rdev())
			k.node(ftdiA.tty, p.path)
			r.expectUp(event.LineOpened)
			r.beat(0, p)

			same := ftdiA
			same.tty = "ttyUSB0"
			q := exchange(k, r, p, ftdiA, same)
			r.expectUp(event.LineOpened)
			r.beat(0, q)

			stranger := same
			stranger.serial = "other"
			s := exchange(k, r, q, same, stranger)
			if byPort {
				r.expectUp(event.LineReplaced)
				r.beat(0, s)
				return
			}
			// By its number it is not even looked at.
			u := exchange(k, nil, s, stranger, ftdiA)
			r.expectUp(event.LineOpened)
			r.beat(0, u)
		})
	}
}

// exchange unplugs one adapter and plugs another; r sees it if not nil.
func exchange(k *fakeKernel, r *rig, p *pty, was, is adapter) *pty {
	k.t.Helper()
	q, old := newPTY(p.t), p.rdev()
	p.close()
	k.noNode(was.tty)
	k.unplug(was, old)
	if r != nil {
		r.expect(0, false, event.LineHangup)
	}
	k.plug(is, q.rdev())
	k.node(is.tty, q.path)
	return q
}
