package intake

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// termios2 skips where the kernel's second generation of calls is missing, as
// under user-mode emulation.
func termios2(t *testing.T, fd int) *unix.Termios {
	t.Helper()
	tio, err := unix.IoctlGetTermios(fd, unix.TCGETS2)
	if err != nil {
		t.Skipf("ioctl TCGETS2: %v", err)
	}
	return tio
}

func TestSpeedIsReadBack(t *testing.T) {
	for _, tc := range []struct {
		spec   string
		baud   uint32
		cflags uint32 // on a pty only these say what was asked for
	}{
		{"", 115200, unix.B115200},
		{",50", 50, unix.B50},
		{",9600,8E2", 9600, unix.B9600 | unix.CSTOPB},
		{",4000000", 4000000, unix.B4000000},
		{",74880", 74880, unix.BOTHER},
		{",250000,8O1", 250000, unix.BOTHER | unix.PARODD},
		{",12345678", 12345678, unix.BOTHER},
	} {
		t.Run(tc.spec, func(t *testing.T) {
			p := newPTY(t)
			termios2(t, p.master)
			r := newRig(t, noSys(t), "a="+p.path+tc.spec)
			r.expectUp(event.LineOpened)
			tio := termios2(t, r.lines.Line(0).FD())
			if c := r.last(0); c.Baud != int(tc.baud) || tio.Ospeed != tc.baud || tio.Ispeed != tc.baud {
				t.Errorf("speed: said %d, in %d, out %d", c.Baud, tio.Ispeed, tio.Ospeed)
			}
			const asked = unix.CBAUD | unix.CSTOPB | unix.PARODD | unix.HUPCL | unix.CLOCAL | unix.CREAD
			if got := tio.Cflag & asked; got != tc.cflags|unix.CLOCAL|unix.CREAD {
				t.Errorf("cflag: %#o", got)
			}
			if tio.Lflag != 0 || tio.Oflag != 0 {
				t.Errorf("not raw: lflag %#o, oflag %#o", tio.Lflag, tio.Oflag)
			}
		})
	}
}

func TestHUPCLIsTakenOff(t *testing.T) {
	p := newPTY(t)
	fd, err := unix.Open(p.path, unix.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	tio := termios2(t, fd)
	tio.Cflag |= unix.HUPCL
	if err := unix.IoctlSetTermios(fd, unix.TCSETS2, tio); err != nil {
		t.Fatal(err)
	}
	if _, err := settleSpeed(fd, 38400, false); err != nil {
		t.Fatal(err)
	}
	if got := termios2(t, fd).Cflag; got&unix.HUPCL != 0 {
		t.Errorf("cflag %#o", got)
	}
}

func isExclusive(t *testing.T, fd int) bool {
	t.Helper()
	v, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL)
	if err != nil {
		t.Skipf("ioctl TIOCGEXCL: %v", err)
	}
	return v != 0
}

// One line, one reader, root or not; and when it ends, however, it ends.
func TestLineIsExclusive(t *testing.T) {
	p := newPTY(t)
	watcher, err := unix.Open(p.path, unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(watcher)
	first := newRig(t, noSys(t), "a="+p.path+",57600")
	first.expectUp(event.LineOpened)
	if isExclusive(t, watcher) {
		t.Error("TIOCEXCL is set on a pseudoterminal: it would outlive a killed observer")
	}
	if flags, err := unix.FcntlInt(uintptr(first.lines.Line(0).FD()), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("children inherit the line: flags %#x, %v", flags, err)
	}
	second := newRig(t, noSys(t), "b="+p.path)
	second.expect(0, false, uint16(unix.EBUSY))
	first.beat(0, p)
	if tio, err := unix.IoctlGetTermios(watcher, unix.TCGETS); err != nil || tio.Cflag&unix.CBAUD != unix.B57600 {
		t.Errorf("the second reader has changed the line: %+v, %v", tio, err)
	}
	first.close()
	second.expectUp(event.LineOpened)
	second.beat(0, p)
	second.close()
}

func TestIsPTY(t *testing.T) {
	for rdev, want := range map[uint64]bool{
		unix.Mkdev(4, 64): false, unix.Mkdev(188, 0): false, unix.Mkdev(135, 0): false, unix.Mkdev(136, 3): true,
		unix.Mkdev(143, 255): true, unix.Mkdev(144, 0): false,
	} {
		if isPTY(rdev) != want {
			t.Errorf("%d:%d: pseudoterminal: %v", unix.Major(rdev), unix.Minor(rdev), !want)
		}
	}
}

func TestCheckLine(t *testing.T) {
	dir := t.TempDir()
	file, fifo := filepath.Join(dir, "file"), filepath.Join(dir, "fifo")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	p := newPTY(t)
	for device, want := range map[string]string{
		p.path:                        "",
		filepath.Join(dir, "missing"): "",
		"usb:dead:beef":               "",
		file:                          "a regular file",
		dir:                           "a directory",
		fifo:                          "a FIFO",
		"/dev/null":                   "another character device",
	} {
		err := CheckLine(LineConfig{Name: "modem", Device: device}, SystemPlaces)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", device, err)
			}
			continue
		}
		if !errors.Is(err, unix.ENOTTY) {
			t.Errorf("%s: expected ENOTTY, got %v", device, err)
			continue
		}
		text := fmt.Sprintf("serial line modem: %s: expected a tty, got %s: inappropriate ioctl for device", device, want)
		if err.Error() != text {
			t.Errorf("got  %s\nwant %s", err, text)
		}
	}
}

// The runtime interrupts threads whenever it likes. That says nothing of a line.
func TestAliveThroughSignals(t *testing.T) {
	p := newPTY(t)
	fd, err := unix.Open(p.path, unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, done := unix.Gettid(), make(chan struct{})
	var flood sync.WaitGroup
	flood.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				unix.Tgkill(unix.Getpid(), thread, unix.SIGURG)
			}
		}
	})
	for range 200_000 { // a dozen of them are interrupted, or many more
		if err := alive(fd); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	flood.Wait()
}
