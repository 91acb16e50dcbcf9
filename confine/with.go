package confine

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// With runs do with the capabilities in effect, as far as they were kept, in
// this thread alone. What do starts in other goroutines does not have them: the
// runtime makes no thread from one that a goroutine is tied to.
func With(c Caps, do func() error) error {
	runtime.LockOSThread()
	kept, err := have()
	if err == nil {
		err = effect(c&kept, kept)
	}
	if err == nil {
		err = do()
	}
	if e := effect(0, kept); e != nil {
		return e // and the thread stays tied: it ends with its goroutine
	}
	runtime.UnlockOSThread()
	return err
}

// effect is capset(2) for this thread.
func effect(effective, permitted Caps) error {
	_, _, e := unix.Syscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(capHeader())), uintptr(unsafe.Pointer(sets(effective, permitted))), 0)
	if e != 0 {
		return lean.SyscallError("capset", e)
	}
	return nil
}

// Open is open(2) with the rights of root to other users' files, as far as
// those were kept.
func Open(path string, flags int) (fd int, err error) {
	e := With(Files, func() error {
		fd, err = unix.Open(path, flags, 0)
		return nil
	})
	if e != nil {
		return -1, e
	}
	return fd, err
}
