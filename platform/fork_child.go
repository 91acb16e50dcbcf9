package platform

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A thread says before a system call that may sleep, and after it, that its
// share of the scheduler may be taken meanwhile: copying our memory map may
// have to wait for memory. syscall.Syscall does the same around each call, but
// it would have the child, too, come back to a scheduler that it does not
// have. The runtime keeps both names for others, see go.dev/issue/67401.
//
//go:linkname entersyscall runtime.entersyscall
func entersyscall()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// forkBlock is all that the child reads and writes. What points is kept alive
// by Fork.
type forkBlock struct {
	paths, argv, envp unsafe.Pointer // to lists of C strings

	files  [3]int32 // to become 0, 1, 2; -1: leave
	report int32
	pidfd  int32 // the kernel's answer

	all, none, old uint64      // signal sets: of 64 signals, except on MIPS
	byDefault      [64]byte    // struct sigaction of the kernel, which is smaller: SIG_DFL and no flags are zero everywhere
	limit          unix.Rlimit // 64 bits each, as prlimit64 has it
	setLimit       bool

	capHead struct {
		version uint32
		pid     int32 // 0: ourselves
	}
	caps [2]struct{ effective, permitted, inheritable uint32 } // none: they stay as they are

	failure struct{ call, errno uint32 } // the report
}

const (
	sigsetBytes = 8
	signals     = 64
)

// clone is the fork; clone(2). The child never returns from it.
//
// What may be done between the two marks of the scheduler, and in the child at
// all, is very little. The child has one thread, whose Go stack must not grow,
// and locks that other threads held are locked for ever: no allocation, no
// pointer stored (a collection may be under way, with its write barriers on),
// no call but of assembly and of functions like this one, which need no more
// stack (the linker adds it up) and bear no marks of the race detector. All
// signals are blocked until the child has no Go handlers any more. package
// syscall keeps to the same rules in exec_linux.go. (Coverage of a build with
// the race detector does not: its atomic counters call that one.)
//
//go:noinline
//go:nosplit
//go:norace
//go:nocheckptr
func (b *forkBlock) clone(flags uintptr) (pid uintptr, e unix.Errno) {
	entersyscall()
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK,
		uintptr(unsafe.Pointer(&b.all)), uintptr(unsafe.Pointer(&b.old)), sigsetBytes, 0, 0)
	// No stack: the child goes on with its copy of ours. The pidfd is stored
	// where the parent's thread id would be.
	pid, _, e = syscall.RawSyscall6(unix.SYS_CLONE, flags, 0, uintptr(unsafe.Pointer(&b.pidfd)), 0, 0, 0)
	if pid == 0 && e == 0 {
		b.become()
	}
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK,
		uintptr(unsafe.Pointer(&b.old)), 0, sigsetBytes, 0, 0)
	exitsyscall()
	return pid, e
}

// become is the child, from the fork to the program.
//
//go:noinline
//go:nosplit
//go:norace
//go:nocheckptr
func (b *forkBlock) become() {
	if _, _, e := syscall.RawSyscall6(unix.SYS_SETPGID, 0, 0, 0, 0, 0, 0); e != 0 {
		b.fail(forkSetpgid, e)
	}
	// A signal that came now would run our handler. Those that cannot be
	// caught are refused, which is right.
	for sig := uintptr(1); sig <= signals; sig++ {
		syscall.RawSyscall6(unix.SYS_RT_SIGACTION, sig, uintptr(unsafe.Pointer(&b.byDefault)), 0, sigsetBytes, 0, 0)
	}
	for i := range b.files {
		if b.files[i] < 0 {
			continue
		}
		if _, _, e := syscall.RawSyscall6(unix.SYS_DUP3, uintptr(b.files[i]), uintptr(i), 0, 0, 0, 0); e != 0 {
			b.fail(forkDup3, e)
		}
	}
	b.letGo()
	b.raise()
	if b.setLimit {
		syscall.RawSyscall6(unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE, uintptr(unsafe.Pointer(&b.limit)), 0, 0, 0)
	}
	syscall.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&b.none)), 0, sigsetBytes, 0, 0)
	b.fail(forkExecve, b.execvp())
}

// letGo closes all that the program is not to have. execve would do so as
// well, but a child that hangs in it must not keep our ttys, sockets and pipes
// open. Before Linux 5.9 there is no such call, and it does keep them.
//
//go:noinline
//go:nosplit
//go:norace
func (b *forkBlock) letGo() {
	const first, last = 3, 1<<32 - 1
	if b.report > first {
		syscall.RawSyscall6(unix.SYS_CLOSE_RANGE, first, uintptr(b.report)-1, 0, 0, 0, 0)
	}
	syscall.RawSyscall6(unix.SYS_CLOSE_RANGE, uintptr(b.report)+1, last, 0, 0, 0, 0)
}

// raise puts capabilities into the ambient set, which outlives execve(2) for a
// user other than root; capabilities(7). Linux 4.3.
//
//go:noinline
//go:nosplit
//go:norace
//go:nocheckptr
func (b *forkBlock) raise() {
	if b.caps[0].permitted|b.caps[1].permitted == 0 {
		return
	}
	if _, _, e := syscall.RawSyscall6(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&b.capHead)), uintptr(unsafe.Pointer(&b.caps)), 0, 0, 0, 0); e != 0 {
		b.fail(forkCapset, e)
	}
	for i := range b.caps {
		for bit, left := uintptr(0), b.caps[i].permitted; left != 0; bit, left = bit+1, left>>1 {
			if left&1 == 0 {
				continue
			}
			_, _, e := syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, uintptr(i)*32+bit, 0, 0, 0)
			if e != 0 {
				b.fail(forkAmbient, e)
			}
		}
	}
}

// execvp returns only if no path is a program: with the errno of a path that
// is there but not for us, or else with the last one; exec(3). A file that is
// no program the kernel knows is not handed to a shell.
//
//go:noinline
//go:nosplit
//go:norace
//go:nocheckptr
func (b *forkBlock) execvp() unix.Errno {
	found, last := unix.Errno(0), unix.ENOENT
	for at := b.paths; ; at = unsafe.Add(at, unsafe.Sizeof(uintptr(0))) {
		path := *(*uintptr)(at)
		if path == 0 {
			break
		}
		_, _, last = syscall.RawSyscall6(unix.SYS_EXECVE, path, uintptr(b.argv), uintptr(b.envp), 0, 0, 0)
		if last == unix.EACCES {
			found = last
		} else if last != unix.ENOENT && last != unix.ENOTDIR {
			return last
		}
	}
	if found != 0 {
		return found
	}
	return last
}

// fail reports and ends.
//
//go:noinline
//go:nosplit
//go:norace
func (b *forkBlock) fail(call uint32, e unix.Errno) {
	const notRun = 127 // what a shell says of a command that it could not run
	b.failure.call, b.failure.errno = call, uint32(e)
	syscall.RawSyscall6(unix.SYS_WRITE, uintptr(b.report), uintptr(unsafe.Pointer(&b.failure)), ForkReportSize, 0, 0, 0)
	for {
		syscall.RawSyscall6(unix.SYS_EXIT_GROUP, notRun, 0, 0, 0, 0, 0)
	}
}
