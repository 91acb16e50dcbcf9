package confine

import (
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// kernel is what is asked of the kernel beyond plain changes of ids. Tests put
// an older one in its place.
type kernel interface {
	// prctl and capset do the same on all threads.
	prctl(op, a, b, c uintptr) unix.Errno
	capset(c *capSets) unix.Errno
	// setgroups, and set, which is setresuid or setresgid of three times one id.
	setgroups(groups []uint32) unix.Errno
	set(call, id uintptr) unix.Errno
	// createRuleset returns a descriptor; size 0 asks for the version instead.
	createRuleset(attr *unix.LandlockRulesetAttr, size, flags uintptr) (int, unix.Errno)
	addRule(ruleset int, attr *unix.LandlockPathBeneathAttr) unix.Errno
	restrictSelf(ruleset int) unix.Errno // all threads
	seccomp(flags uintptr, f *unix.SockFprog) unix.Errno
}

// thisKernel is the one we run on.
type thisKernel struct{}

func (thisKernel) prctl(op, a, b, c uintptr) unix.Errno {
	_, _, e := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, op, a, b, c, 0, 0)
	return e
}

func (thisKernel) capset(c *capSets) unix.Errno {
	head := capHeader()
	_, _, e := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(head)), uintptr(unsafe.Pointer(c)), 0)
	runtime.KeepAlive(head)
	runtime.KeepAlive(c)
	return e
}

func (thisKernel) setgroups(groups []uint32) unix.Errno {
	_, _, e := syscall.AllThreadsSyscall(sysSetgroups, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0)
	runtime.KeepAlive(groups)
	return e
}

func (thisKernel) set(call, id uintptr) unix.Errno {
	_, _, e := syscall.AllThreadsSyscall(call, id, id, id)
	return e
}

func (thisKernel) createRuleset(attr *unix.LandlockRulesetAttr, size, flags uintptr) (int, unix.Errno) {
	fd, _, e := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(attr)), size, flags)
	return int(fd), e
}

func (thisKernel) addRule(ruleset int, attr *unix.LandlockPathBeneathAttr) unix.Errno {
	_, _, e := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(attr)), 0, 0, 0)
	return e
}

func (thisKernel) restrictSelf(ruleset int) unix.Errno {
	_, _, e := syscall.AllThreadsSyscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(ruleset), 0, 0)
	return e
}

func (thisKernel) seccomp(flags uintptr, f *unix.SockFprog) unix.Errno {
	r, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, flags, uintptr(unsafe.Pointer(f)))
	if e == 0 && r != 0 { // a thread that could not be brought along, seccomp(2)
		return unix.ESRCH
	}
	return e
}
