package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The device mapper's ioctls (include/uapi/linux/dm-ioctl.h). The structs have
// the same layout on every architecture: fixed widths, no pointers.
const (
	dmHead    = 312 // sizeof(struct dm_ioctl)
	dmSpec    = 40  // sizeof(struct dm_target_spec)
	dmCreate  = 3
	dmRemove  = 4
	dmSuspend = 6 // and resume, without the flag
	dmLoad    = 9

	dmSuspendFlag = 1 << 1
	// dmSkipLockFS switches under a mounted file system that is not told: a
	// card that fails does not ask first.
	dmSkipLockFS = 1 << 10
)

// dm does what tests need of dmsetup, which wants a libdevmapper and a udev:
//
//	create NAME LINE...   makes /dev/mapper/NAME from table lines
//	reload NAME LINE...   switches to another table under whoever has it open
//	remove NAME
//
// A line is "START LENGTH TARGET ARGUMENTS", in sectors, as for dmsetup.
func dm(what, name string, lines []string) error {
	node := "/dev/mapper/" + name
	switch what {
	case "create":
		dev, err := dmCall(dmCreate, name, 0, 0, nil)
		if err != nil {
			return err
		}
		if err := dmTable(name, lines); err != nil {
			return err
		}
		os.Remove(node)
		return unix.Mknod(node, unix.S_IFBLK|0o600, int(dev))
	case "reload":
		return dmTable(name, lines)
	case "remove":
		os.Remove(node)
		_, err := dmCall(dmRemove, name, 0, 0, nil)
		return err
	}
	return errUsage
}

// dmTable loads a table and makes it the one in use.
func dmTable(name string, lines []string) error {
	var specs []byte
	for _, line := range lines {
		spec, err := dmTarget(line)
		if err != nil {
			return err
		}
		specs = append(specs, spec...)
	}
	if _, err := dmCall(dmLoad, name, 0, len(lines), specs); err != nil {
		return err
	}
	if _, err := dmCall(dmSuspend, name, dmSuspendFlag|dmSkipLockFS, 0, nil); err != nil {
		return err
	}
	_, err := dmCall(dmSuspend, name, 0, 0, nil)
	return err
}

// dmTarget is a table line as struct dm_target_spec with its arguments behind.
func dmTarget(line string) ([]byte, error) {
	words := strings.Fields(line)
	if len(words) < 3 {
		return nil, fmt.Errorf("table line %q: expected START LENGTH TARGET", line)
	}
	start, err1 := strconv.ParseUint(words[0], 10, 64)
	length, err2 := strconv.ParseUint(words[1], 10, 64)
	if err1 != nil || err2 != nil {
		return nil, fmt.Errorf("table line %q: expected two numbers first", line)
	}
	args := strings.Join(words[3:], " ")
	spec := make([]byte, (dmSpec+len(args)+1+7)&^7)
	binary.NativeEndian.PutUint64(spec, start)
	binary.NativeEndian.PutUint64(spec[8:], length)
	binary.NativeEndian.PutUint32(spec[20:], uint32(len(spec)))
	copy(spec[24:dmSpec], words[2])
	copy(spec[dmSpec:], args)
	return spec, nil
}

// dmCall makes one call and returns the device number that came back.
func dmCall(nr uintptr, name string, flags uint32, targets int, specs []byte) (uint64, error) {
	control, err := unix.Open("/dev/mapper/control", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("/dev/mapper/control: %w", err)
	}
	defer unix.Close(control)
	b := append(make([]byte, dmHead), specs...)
	binary.NativeEndian.PutUint32(b, 4) // version 4.0.0
	binary.NativeEndian.PutUint32(b[12:], uint32(len(b)))
	binary.NativeEndian.PutUint32(b[16:], dmHead)
	binary.NativeEndian.PutUint32(b[20:], uint32(targets))
	binary.NativeEndian.PutUint32(b[28:], flags)
	copy(b[48:48+127], name)
	request := uintptr(3<<30 | dmHead<<16 | 0xfd<<8 | nr)
	_, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(control), request, uintptr(unsafe.Pointer(&b[0])))
	if e != 0 {
		return 0, fmt.Errorf("device mapper, call %d on %s: %w", nr, name, e)
	}
	return binary.NativeEndian.Uint64(b[40:]), nil
}
