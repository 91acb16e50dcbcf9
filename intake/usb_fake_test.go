package intake

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// fakeKernel is a sysfs and a device folder as a board with a USB hub has
// them: links relative, adapters of the usb-serial family with a folder of
// their own below the interface, CDC-ACM without, a UART, a virtual terminal.
type fakeKernel struct {
	t testing.TB
	Places
}

func newFakeKernel(t testing.TB) *fakeKernel {
	root := t.TempDir()
	k := &fakeKernel{t, Places{Sys: filepath.Join(root, "sys"), Dev: filepath.Join(root, "dev")}}
	for _, dir := range []string{"class/tty", "bus/usb", "dev/char", "devices/virtual/tty/tty1", "devices/platform/serial8250/tty/ttyS0"} {
		k.mkdir(filepath.Join(k.Sys, dir))
	}
	k.mkdir(k.Dev)
	k.link("class/tty/tty1", "../../devices/virtual/tty/tty1")
	k.link("class/tty/ttyS0", "../../devices/platform/serial8250/tty/ttyS0")
	k.link("devices/platform/serial8250/tty/ttyS0/device", "../../../serial8250")
	return k
}

func (k *fakeKernel) mkdir(dir string) {
	k.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		k.t.Fatal(err)
	}
}

func (k *fakeKernel) link(name, target string) {
	k.t.Helper()
	if err := os.Symlink(target, filepath.Join(k.Sys, name)); err != nil {
		k.t.Fatal(err)
	}
}

// bus is where the host controller of the real ones is, roughly.
const bus = "devices/platform/soc/3f980000.usb/usb1"

// adapter is one tty on a USB device.
type adapter struct {
	port, iface             string // 1-1.4, 1.0
	vendor, product, serial string
	tty                     string
	acm                     bool
	connector               string
}

// plug makes a's folders, then its links as the kernel does before it makes
// the node; rdev gives the node's number, for /sys/dev/char.
func (k *fakeKernel) plug(a adapter, rdev uint64) {
	k.t.Helper()
	device := bus + "/1-1/" + a.port
	iface := device + "/" + a.port + ":" + a.iface
	below, up := iface+"/"+a.tty, "../../../"+a.tty
	if a.acm {
		below, up = iface, "../../../"+a.port+":"+a.iface
	}
	class := below + "/tty/" + a.tty
	k.mkdir(filepath.Join(k.Sys, class))
	for name, value := range map[string]string{"idVendor": a.vendor, "idProduct": a.product, "serial": a.serial} {
		if value != "" {
			k.file(device+"/"+name, value)
		}
	}
	if a.connector != "" {
		k.file(below+"/port_number", a.connector)
	}
	k.link(class+"/device", up)
	k.link(class+"/subsystem", "/elsewhere/class/tty")
	k.link(fmt.Sprintf("dev/char/%d:%d", unix.Major(rdev), unix.Minor(rdev)), "../../"+class)
	k.link("class/tty/"+a.tty, "../../"+class)
}

func (k *fakeKernel) file(name, value string) {
	k.t.Helper()
	if err := os.WriteFile(filepath.Join(k.Sys, name), []byte(value+"\n"), 0o644); err != nil {
		k.t.Fatal(err)
	}
}

// unplug takes away what plug made.
func (k *fakeKernel) unplug(a adapter, rdev uint64) {
	k.t.Helper()
	for _, name := range []string{
		"class/tty/" + a.tty, bus + "/1-1/" + a.port,
		fmt.Sprintf("dev/char/%d:%d", unix.Major(rdev), unix.Minor(rdev)),
	} {
		if err := os.RemoveAll(filepath.Join(k.Sys, name)); err != nil {
			k.t.Fatal(err)
		}
	}
}

// node makes the tty's node appear, or lead elsewhere.
func (k *fakeKernel) node(tty, target string) {
	k.t.Helper()
	point(k.t, filepath.Join(k.Dev, tty), target)
}

func (k *fakeKernel) noNode(tty string) {
	k.t.Helper()
	if err := os.Remove(filepath.Join(k.Dev, tty)); err != nil {
		k.t.Fatal(err)
	}
}
