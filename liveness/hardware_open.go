package liveness

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// openHardware opens the watchdog at path, and with that starts its countdown:
// it is for the end of start-up, when nothing else can fail. sys is where sysfs
// is mounted.
func openHardware(path, sys string, say func(Level, string)) (*hardware, error) {
	fd, rdev, err := openCharacter(path)
	if err != nil {
		return nil, lean.Mark("--hw-watchdog "+path+": "+err.Error(), err)
	}
	return adopt(path, &kernelDevice{fd: fd}, noWayOut(sys, rdev), say), nil
}

// openCharacter opens nothing but a character device: to be opened is enough
// to change a pipe or a tape. O_NONBLOCK keeps a terminal from waiting for its
// carrier; it means nothing for a watchdog.
func openCharacter(path string) (fd int, rdev uint64, err error) {
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		return -1, 0, lean.SyscallError("stat", err)
	}
	if st.Mode&unix.S_IFMT != unix.S_IFCHR {
		return -1, 0, errNotCharacter
	}
	fd, err = unix.Open(path, unix.O_WRONLY|unix.O_CLOEXEC|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return -1, 0, lean.SyscallError("open", err)
	}
	if err := unix.Fstat(fd, &st); err != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR {
		unix.Close(fd)
		return -1, 0, errNotCharacter // replaced meanwhile
	}
	return fd, uint64(st.Rdev), nil
}

var errNotCharacter = lean.New("must be a character device")

// noWayOut reads from sysfs (CONFIG_WATCHDOG_SYSFS) whether the device can be
// disarmed; false if that is not told. /dev/watchdog, the old name, is
// watchdog0 under a number of its own that leads nowhere in sysfs.
func noWayOut(sys string, rdev uint64) bool {
	const miscMajor, watchdogMinor = 10, 130
	major, minor := unix.Major(rdev), unix.Minor(rdev)
	dir := sys + "/dev/char/" + strconv.Itoa(int(major)) + ":" + strconv.Itoa(int(minor))
	if major == miscMajor && minor == watchdogMinor {
		dir = sys + "/class/watchdog/watchdog0"
	}
	text, err := lean.ReadText(dir + "/nowayout")
	return err == nil && text == "1"
}

// kernelDevice makes the system calls. The numbers of the ioctls are those of
// the target; their int has 32 bits everywhere.
type kernelDevice struct {
	fd  int
	one [1]byte
}

// watchdogInfo is struct watchdog_info.
type watchdogInfo struct {
	options  uint32 // __u32 options
	firmware uint32 // __u32 firmware_version
	identity [32]byte
}

func (d *kernelDevice) support() (options uint32, identity string, err error) {
	var info watchdogInfo
	if err := d.ioctl(unix.WDIOC_GETSUPPORT, unsafe.Pointer(&info)); err != nil {
		return 0, "", err
	}
	name, _, _ := lean.Cut(string(info.identity[:]), 0)
	return info.options, name, nil
}

func (d *kernelDevice) get(request uint) (int, error) {
	var v int32
	err := d.ioctl(request, unsafe.Pointer(&v))
	return int(v), err
}

func (d *kernelDevice) set(request uint, value int) (int, error) {
	v := int32(value)
	err := d.ioctl(request, unsafe.Pointer(&v))
	return int(v), err
}

func (d *kernelDevice) keepAlive() error {
	var unused int32
	return d.ioctl(unix.WDIOC_KEEPALIVE, unsafe.Pointer(&unused))
}

// ioctl may sleep in the driver, so the runtime is told.
func (d *kernelDevice) ioctl(request uint, arg unsafe.Pointer) error {
	for {
		switch _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(d.fd), uintptr(request), uintptr(arg)); e {
		case 0:
			return nil
		case unix.EINTR:
		default:
			return lean.SyscallError("ioctl", e)
		}
	}
}

func (d *kernelDevice) write(b byte) error {
	d.one[0] = b
	for {
		if _, err := unix.Write(d.fd, d.one[:]); err != unix.EINTR {
			return lean.SyscallError("write", err)
		}
	}
}

func (d *kernelDevice) close() error { return lean.SyscallError("close", unix.Close(d.fd)) }
