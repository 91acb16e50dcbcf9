package liveness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The kernel's way to number ioctls, include/uapi/asm-generic/ioctl.h, which
// all our targets share: direction, size, type, number.
func ioc(dir, size, nr uint) uint { return dir<<30 | size<<16 | 'W'<<8 | nr }

func TestIoctlNumbers(t *testing.T) {
	const read, write = 2, 1
	if n := unsafe.Sizeof(watchdogInfo{}); n != 40 {
		t.Errorf("struct watchdog_info has %d bytes, want 40", n)
	}
	if at := unsafe.Offsetof(watchdogInfo{}.identity); at != 8 {
		t.Errorf("identity at %d, want 8", at)
	}
	for _, c := range []struct {
		name      string
		got, want uint
	}{
		{"WDIOC_GETSUPPORT", unix.WDIOC_GETSUPPORT, ioc(read, uint(unsafe.Sizeof(watchdogInfo{})), 0)},
		{"WDIOC_GETBOOTSTATUS", unix.WDIOC_GETBOOTSTATUS, ioc(read, 4, 2)},
		{"WDIOC_KEEPALIVE", unix.WDIOC_KEEPALIVE, ioc(read, 4, 5)},
		{"WDIOC_SETTIMEOUT", unix.WDIOC_SETTIMEOUT, ioc(read|write, 4, 6)},
		{"WDIOC_GETTIMEOUT", unix.WDIOC_GETTIMEOUT, ioc(read, 4, 7)},
		{"WDIOC_SETPRETIMEOUT", unix.WDIOC_SETPRETIMEOUT, ioc(read|write, 4, 8)},
		{"WDIOC_GETPRETIMEOUT", unix.WDIOC_GETPRETIMEOUT, ioc(read, 4, 9)},
	} {
		if c.got != c.want {
			t.Errorf("%s is %#x, want %#x", c.name, c.got, c.want)
		}
	}
}

func TestOnlyCharacterDevices(t *testing.T) {
	dir := t.TempDir()
	file, fifo, link := filepath.Join(dir, "file"), filepath.Join(dir, "fifo"), filepath.Join(dir, "link")
	os.WriteFile(file, []byte("as it was"), 0o600)
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	os.Symlink(file, link)
	for path, want := range map[string]string{
		file: "must be a character device", fifo: "must be a character device",
		link: "must be a character device", dir: "must be a character device",
		filepath.Join(dir, "none"): "stat: no such file or directory",
	} {
		k, err := Start(Options{HWPath: path, Say: func(Level, string) {}})
		if err == nil || err.Error() != "--hw-watchdog "+path+": "+want {
			t.Errorf("%v, want --hw-watchdog %s: %s", err, path, want)
		}
		k.Close()
	}
	if content(file) != "as it was" {
		t.Error("the file was written to")
	}
}

func TestCharacterDeviceWithoutIoctls(t *testing.T) {
	for _, path := range []string{"/dev/null", "/dev/ptmx"} {
		var told said
		k, err := Start(Options{HWPath: path, Say: told.say, Ring: func() {}})
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if h := k.Hardware(); h == nil || h.Ioctls || h.Path != path {
			t.Errorf("%s: %+v", path, h)
		}
		k.Close()
		if !strings.HasPrefix(told.text(), "warn: hardware watchdog "+path+" has no watchdog ioctls (ioctl: ") {
			t.Errorf("said %q", told.text())
		}
	}
}

func TestFeedAllocatesNothing(t *testing.T) {
	fd, _, err := openCharacter("/dev/null")
	if err != nil {
		t.Fatal(err)
	}
	d := &kernelDevice{fd: fd}
	defer d.close()
	if n := testing.AllocsPerRun(100, func() { d.write(0) }); n != 0 {
		t.Errorf("%v allocations a feed", n)
	}
}

func TestNoWayOut(t *testing.T) {
	sys := t.TempDir()
	for dir, text := range map[string]string{"dev/char/248:0": "0\n", "dev/char/248:1": "1\n", "class/watchdog/watchdog0": "1\n"} {
		os.MkdirAll(filepath.Join(sys, dir), 0o755)
		os.WriteFile(filepath.Join(sys, dir, "nowayout"), []byte(text), 0o444)
	}
	for _, c := range []struct {
		major, minor uint32
		want         bool
	}{{248, 0, false}, {248, 1, true}, {10, 130, true}, {1, 3, false}} {
		if got := noWayOut(sys, unix.Mkdev(c.major, c.minor)); got != c.want {
			t.Errorf("%d:%d: %t, want %t", c.major, c.minor, got, c.want)
		}
	}
}
