package liveness

import (
	"runtime"
	"runtime/debug"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	dumpNS   = int64(3e9)  // what the stacks of all goroutines may take
	giveUpNS = int64(15e9) // then the end comes by SIGKILL
	sayMS    = 500         // how long stderr may take to be ready for the one line
)

// abort says text on stderr, then the stacks of all goroutines, and ends the
// process with SIGABRT. It never returns and never hangs:
//
//   - from here on nothing needs Go's scheduler, which may be what stands still:
//     all calls are raw, and the runtime prints the stacks in its handler of
//     SIGQUIT, where it stops nobody (runtime.Stack would first wait for every
//     goroutine, a hanging one too);
//   - that the printing blocks on a full pipe or a stopped terminal is ended by
//     a timer of the kernel, whose SIGABRT finds the default action. Without
//     such timers (CONFIG_POSIX_TIMERS) the stacks are not printed.
func abort(text string) {
	runtime.LockOSThread()
	defaultAction(unix.SIGABRT)
	unblock()
	timed := killAfter(unix.SIGABRT, dumpNS) && killAfter(unix.SIGKILL, giveUpNS)
	if writable(2) {
		unix.RawSyscall(unix.SYS_WRITE, 2, uintptr(unsafe.Pointer(unsafe.StringData(text))), uintptr(len(text)))
		if timed {
			debug.SetTraceback("crash") // all goroutines, and SIGABRT at the end
			raise(unix.SIGQUIT)
		}
	}
	for {
		raise(unix.SIGABRT)
		raise(unix.SIGKILL)
	}
}

// defaultAction takes the runtime's handler away. A struct sigaction of zeros
// is SIG_DFL without flags and mask, whatever the order of its fields.
func defaultAction(sig unix.Signal) {
	var action [64]byte
	unix.RawSyscall6(unix.SYS_RT_SIGACTION, uintptr(sig), uintptr(unsafe.Pointer(&action)), 0, sigsetBytes, 0, 0)
}

const sigsetBytes = 8 // the kernel's sigset_t: 64 signals

// unblock lets this thread have every signal; a parent may have left some
// blocked.
func unblock() {
	var none [sigsetBytes]byte
	unix.RawSyscall6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&none)), 0, sigsetBytes, 0, 0)
}

// killAfter has the kernel send sig once; timer_create(2).
func killAfter(sig unix.Signal, ns int64) bool {
	// struct sigevent, 64 bytes: a pointer's worth of sigev_value, then
	// sigev_signo and sigev_notify, which is SIGEV_SIGNAL, 0.
	var event [64 / 4]int32
	event[unsafe.Sizeof(uintptr(0))/4] = int32(sig)
	var id int32
	if _, _, e := unix.RawSyscall(unix.SYS_TIMER_CREATE, unix.CLOCK_MONOTONIC,
		uintptr(unsafe.Pointer(&event)), uintptr(unsafe.Pointer(&id))); e != 0 {
		return false
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(ns)}
	_, _, e := unix.RawSyscall6(unix.SYS_TIMER_SETTIME, uintptr(id), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
	return e == 0
}

// writable reports whether a line can be written at once, or soon: poll(2)
// promises room for PIPE_BUF bytes in a pipe.
func writable(fd int32) bool {
	ready := unix.PollFd{Fd: fd, Events: unix.POLLOUT}
	soon := unix.NsecToTimespec(sayMS * 1e6)
	n, _, e := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(&ready)), 1,
		uintptr(unsafe.Pointer(&soon)), 0, 0, 0)
	return e == 0 && n == 1 && ready.Revents&unix.POLLOUT != 0
}

// raise sends sig to this very thread, which takes it before the call returns.
func raise(sig unix.Signal) {
	pid, _, _ := unix.RawSyscall(unix.SYS_GETPID, 0, 0, 0)
	tid, _, _ := unix.RawSyscall(unix.SYS_GETTID, 0, 0, 0)
	unix.RawSyscall(unix.SYS_TGKILL, pid, tid, uintptr(sig))
}
