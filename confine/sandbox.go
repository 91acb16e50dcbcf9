package confine

import (
	"errors"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// NoNewPrivs makes setuid programs ordinary ones, for all threads and children.
func NoNewPrivs() error { return noNewPrivs(thisKernel{}) }

func noNewPrivs(k kernel) error {
	if e := k.prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0); e != 0 {
		return lean.SyscallError("prctl PR_SET_NO_NEW_PRIVS", e)
	}
	return nil
}

// Sandbox leaves an observer that runs no commands the calls and places that it
// needs. It returns what of that the kernel has, for people; it needs NoNewPrivs.
func Sandbox(places []Place) (string, error) { return sandbox(thisKernel{}, places) }

func sandbox(k kernel, places []Place) (string, error) {
	files, calls := landlock(k, places), filter(k, allowFilter())
	for _, err := range []error{files, calls} {
		if !lacks(err) {
			return "", err
		}
	}
	return describe(calls, "seccomp") + ", " + describe(files, "Landlock"), nil
}

// Fence refuses the calls that neither we nor our commands have any use for.
// Commands inherit it. It needs NoNewPrivs, or CAP_SYS_ADMIN in effect.
func Fence() (string, error) { return fence(thisKernel{}) }

func fence(k kernel) (string, error) {
	err := filter(k, denyFilter())
	if !lacks(err) {
		return "", err
	}
	return describe(err, "seccomp") + " for what no command needs", nil
}

// filter puts p on all threads.
func filter(k kernel, p program) error {
	if auditArch == 0 {
		return lean.SyscallError("seccomp", unix.ENOSYS)
	}
	prog := &unix.SockFprog{Len: uint16(len(p)), Filter: &p[0]}
	e := k.seccomp(unix.SECCOMP_FILTER_FLAG_TSYNC|unix.SECCOMP_FILTER_FLAG_LOG, prog)
	if e == unix.EINVAL { // before Linux 4.14 there is no FLAG_LOG; without CONFIG_SECCOMP_FILTER no mode
		e = k.seccomp(unix.SECCOMP_FILTER_FLAG_TSYNC, prog)
	}
	if e != 0 {
		return lean.SyscallError("seccomp", e)
	}
	return nil
}

// lacks reports whether an error is none, or that of a kernel without the thing.
func lacks(err error) bool {
	switch e, _ := errors.AsType[unix.Errno](err); e {
	case unix.ENOSYS, unix.EOPNOTSUPP, unix.EINVAL:
		return true
	case unix.EPERM, unix.EACCES: // around us is a sandbox already
		return true
	}
	return err == nil
}

func describe(err error, what string) string {
	if err == nil {
		return what
	}
	return "no " + what + " (" + err.Error() + ")"
}
