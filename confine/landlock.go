package confine

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Place is a file or folder that stays in reach, with all below it.
type Place struct {
	Path string
	Use  Use
}

// Use is what is done there.
type Use uint8

// The uses.
const (
	Read   Use = iota // files and lists of files
	Device            // read, and ioctl(2)
	Feed              // write and ioctl: a watchdog
	Write             // read, make, cut, rename and remove files
)

var rights = [...]uint64{
	Read:   unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR,
	Device: unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV,
	Feed:   unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV,
	Write: unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE,
}

// fileRights are those that a rule on a file, not a folder, may have.
const fileRights = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE |
	unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV

// handled is what a version of Landlock can refuse, all of it. The versions are
// those of Documentation/userspace-api/landlock.rst: 2 files moved between
// folders, 3 truncation, 4 TCP, 5 ioctl of devices, 6 signals. size is that of
// the struct at the time.
func handled(version int) (attr unix.LandlockRulesetAttr, size uintptr) {
	attr.Handled_access_fs = unix.LANDLOCK_ACCESS_FS_REFER - 1 // all of version 1 stand below
	size = unsafe.Offsetof(attr.Handled_access_net)
	if version >= 2 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 4 {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
		size = unsafe.Offsetof(attr.Scoped)
	}
	if version >= 5 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL
		size = unsafe.Offsetof(attr.Quiet_access_fs)
	}
	return attr, size
}

// landlock leaves all threads the places, and nothing else of the file system.
// It needs no_new_privs. An error is ENOSYS or EOPNOTSUPP where the kernel has
// no Landlock, or has it and does not use it.
func landlock(k kernel, places []Place) error {
	version, e := k.createRuleset(nil, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if e != 0 {
		return lean.SyscallError("landlock_create_ruleset", e)
	}
	attr, size := handled(version)
	if !threadsMaySignal(k) {
		attr.Scoped &^= unix.LANDLOCK_SCOPE_SIGNAL
	}
	ruleset, e := k.createRuleset(&attr, size, 0)
	if e != 0 {
		return lean.SyscallError("landlock_create_ruleset", e)
	}
	defer unix.Close(ruleset)
	for _, p := range places {
		if err := addPlace(k, ruleset, p, attr.Handled_access_fs); err != nil {
			return err
		}
	}
	if e := k.restrictSelf(ruleset); e != 0 {
		return lean.SyscallError("landlock_restrict_self", e)
	}
	return nil
}

// threadsMaySignal reports a kernel whose signal scope spares the threads of one
// process, which have a domain each. Linux 6.12 to 6.14 had it otherwise at
// first: the signal by which restrictSelf reaches the next thread was refused,
// and it was waited for without end. Erratum 2 of security/landlock/errata is the
// cure; older kernels do not know the question and have no scope.
func threadsMaySignal(k kernel) bool {
	errata, e := k.createRuleset(nil, 0, unix.LANDLOCK_CREATE_RULESET_ERRATA)
	return e == 0 && errata&(1<<(2-1)) != 0
}

func addPlace(k kernel, ruleset int, p Place, handled uint64) error {
	fd, err := openPlace(p)
	if errors.Is(err, unix.EACCES) {
		return nil // out of our reach already
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return lean.PathError("fstat", p.Path, err)
	}
	access := rights[p.Use] & handled
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= fileRights
	}
	if e := k.addRule(ruleset, &unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)}); e != 0 {
		return lean.PathError("landlock_add_rule", p.Path, e)
	}
	return nil
}
