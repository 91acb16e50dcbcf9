package platform

import (
	"encoding/binary"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Fork is a child about to be made: what it will execute and what it will have
// for descriptors. All of it is laid out before the fork, for the child can
// allocate nothing.
//
// syscall.ForkExec is no use to a process that must never stop: its child
// borrows our memory and the calling thread sleeps, unknown to the scheduler,
// until execve(2) is done. On a dying card that is never; the next collection
// of garbage then stops all goroutines for good. Here the child has a copy of
// the memory, and Start returns as soon as it was made.
type Fork struct {
	Paths []*byte // tried in turn as execvp(3) does; this and the next two as CStrings makes them
	Argv  []*byte
	Envp  []*byte

	// Stdin, Stdout and Stderr become 0, 1 and 2 of the child. Each is above
	// 2, or -1: the child keeps ours.
	Stdin, Stdout, Stderr int

	// Caps are capabilities, bit n is number n, that the child has in effect and
	// hands on to what it executes; this thread's permitted set must hold them.
	// 0 leaves everything as it is.
	Caps uint64

	// Report is the write end, close-on-exec, of a pipe that nobody else
	// holds. At its read end comes what ForkReport takes if the child could
	// not become the program, and the end of file alone if it did.
	Report int
}

// CStrings turns strings into what execve(2) takes: each ended by a NUL, the
// list by a nil pointer. A NUL within a string is EINVAL.
func CStrings(list []string) ([]*byte, error) {
	out := make([]*byte, len(list)+1)
	for i, s := range list {
		p, err := unix.BytePtrFromString(s)
		if err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// ForkReportSize is how many bytes a child that failed writes, in one piece.
const ForkReportSize = 8

// What a child does before it is the program, as its report names it.
const (
	forkSetpgid = 1 + iota
	forkDup3
	forkExecve
	forkCapset
	forkAmbient
)

// ForkReport reads a report: the system call that failed, and with what.
func ForkReport(b *[ForkReportSize]byte) (call string, errno unix.Errno) {
	switch binary.NativeEndian.Uint32(b[:]) {
	case forkSetpgid:
		call = "setpgid"
	case forkDup3:
		call = "dup3"
	case forkCapset:
		call = "capset"
	case forkAmbient:
		call = "prctl PR_CAP_AMBIENT"
	default:
		call = "execve"
	}
	return call, unix.Errno(binary.NativeEndian.Uint32(b[4:]))
}

// Start makes the child and returns at once, however long the child then takes
// to become the program. It is the leader of a process group of its own, which
// exists when Start returns; no signal is blocked or ignored in it, it has
// nothing of ours but 0, 1 and 2 (before Linux 5.9: and what is not
// close-on-exec), and the limit of open files is as setFiles says.
//
// pidfd is a descriptor of the child, see pidfd_open(2), or -1 where the
// kernel has none. The error is an errno of clone(2).
//
// Calls of Start are not to run side by side: a child made meanwhile would
// hold the other's Report open.
func (f *Fork) Start() (pid int32, pidfd int, err error) {
	if runtime.GOARCH == "s390x" {
		return 0, -1, unix.ENOSYS // there clone(2) has its first two arguments swapped
	}
	b := &forkBlock{
		paths: unsafe.Pointer(unsafe.SliceData(f.Paths)),
		argv:  unsafe.Pointer(unsafe.SliceData(f.Argv)),
		envp:  unsafe.Pointer(unsafe.SliceData(f.Envp)),
		files: [3]int32{int32(f.Stdin), int32(f.Stdout), int32(f.Stderr)}, report: int32(f.Report),
		pidfd: -1, all: ^uint64(0),
	}
	b.setCaps(f.Caps)
	b.setFiles()
	syscall.ForkLock.Lock() // whoever opens first and sets close-on-exec next holds it
	p, e := b.clone(unix.CLONE_PIDFD | uintptr(unix.SIGCHLD))
	if e == unix.EINVAL {
		p, e = b.clone(uintptr(unix.SIGCHLD))
	}
	syscall.ForkLock.Unlock()
	runtime.KeepAlive(f)
	if e != 0 {
		return 0, -1, e
	}
	// The child does the same: whoever is first, the group is there for both.
	unix.RawSyscall(unix.SYS_SETPGID, p, p, 0)
	if b.pidfd < 0 { // before Linux 5.2 the flag is ignored
		if fd, err := unix.PidfdOpen(int(p), 0); err == nil {
			b.pidfd = int32(fd)
		}
	}
	return int32(p), int(b.pidfd), nil
}

// setCaps lays out what capset(2) takes, version 3.
func (b *forkBlock) setCaps(caps uint64) {
	b.capHead.version = unix.LINUX_CAPABILITY_VERSION_3
	for i := range b.caps {
		half := uint32(caps >> (32 * i))
		b.caps[i].effective, b.caps[i].permitted, b.caps[i].inheritable = half, half, half
	}
}

// setFiles finds the limit of open files for the child. Go raises our own soft
// limit when it starts, to one below the hard one, and tells nobody what it
// was. It is nearly always 1024, since programs exist that use select(2), or
// that close every descriptor they could have.
func (b *forkBlock) setFiles() {
	const usual = 1024
	err := unix.Getrlimit(unix.RLIMIT_NOFILE, &b.limit)
	if err == nil && b.limit.Cur == b.limit.Max-1 {
		b.limit.Cur = min(usual, b.limit.Max)
		b.setLimit = true
	}
}
