package trust

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// RaiseNOFILE raises the soft limit of descriptors to want, or as near as the
// hard limit allows, and returns what it is then. A higher one is left alone.
// An error is that of a system call; the limit is then what it was.
//
// Go's runtime does so by itself at start and gives children the old limit
// back. It stops doing that as soon as somebody else sets the limit, which is
// why it is set here only if it must be.
func RaiseNOFILE(want uint64) (soft uint64, err error) {
	var l unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return 0, lean.SyscallError("getrlimit", err)
	}
	was := l.Cur
	if l.Cur = min(want, l.Max); l.Cur <= was {
		return was, nil
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &l); err != nil {
		return was, lean.SyscallError("setrlimit", err)
	}
	return l.Cur, nil
}
