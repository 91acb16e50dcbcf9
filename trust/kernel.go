package trust

import (
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/platform"
)

// kernel is what is asked about a process. None of it waits for a device, so
// the loop may ask.
type kernel interface {
	open(pid uint32) (fd int32, e unix.Errno) // pidfd_open(2)
	close(fd int32)
	ended(fd int32) bool    // the pidfd's process has
	exists(pid uint32) bool // alive or a zombie
	stat(pid uint32) (st stat, ok bool)
	space(pid uint32) (inode uint32) // pid namespace; 0 if unknown
	bootNS() int64                   // CLOCK_BOOTTIME, in which start times are
}

// system is the kernel of this machine. It allocates nothing: paths are made,
// and files are read, in its own room.
type system struct {
	proc string // where procfs is mounted; "" if what is there is not ours
	path []byte
	self uint32     // our own pid namespace
	buf  [2048]byte // more than what stands before the last field of stat or status we need
	ts   unix.Timespec
}

// newSystem asks the procfs at proc, and reads our own pid namespace. With an
// error nothing of /proc is ever known: it is not there, or it is that of
// another pid namespace, whose numbers are those of other processes.
func newSystem(proc string) (k *system, self uint32, err error) {
	k = &system{proc: proc, path: make([]byte, 0, len(proc)+32)}
	pid, err := k.link("/self")
	if err != nil {
		k.proc = ""
		return k, 0, err
	}
	if mine := unix.Getpid(); string(pid) != strconv.Itoa(mine) {
		err = lean.New(proc + " is of another pid namespace: there we are " + lean.Quote(string(pid)) + ", expected " + strconv.Itoa(mine))
		k.proc = ""
		return k, 0, err
	}
	text, err := k.link("/self/ns/pid")
	if err != nil {
		return k, 0, err
	}
	k.self = parseSpace(text)
	return k, k.self, nil
}

func (k *system) open(pid uint32) (int32, unix.Errno) { return platform.OpenPidfd(pid) }
func (k *system) close(fd int32)                      { unix.Close(int(fd)) }
func (k *system) ended(fd int32) bool                 { return platform.PidfdEnded(fd) }

// exists asks with the signal 0, which is none; kill(2).
func (k *system) exists(pid uint32) bool { return unix.Kill(int(pid), 0) != unix.ESRCH }

func (k *system) bootNS() int64 {
	unix.ClockGettime(unix.CLOCK_BOOTTIME, &k.ts)
	return k.ts.Nano()
}

func (k *system) stat(pid uint32) (st stat, ok bool) {
	if k.proc == "" {
		return st, false
	}
	k.name(pid, "/stat")
	return parseStat(k.read())
}

// read reads the file of path, as far as there is room; nothing if it cannot.
func (k *system) read() []byte {
	fd, _, e := unix.Syscall6(unix.SYS_OPENAT, atCWD, uintptr(unsafe.Pointer(&k.path[0])),
		unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if e != 0 {
		return nil
	}
	n, _, e := unix.Syscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&k.buf[0])), uintptr(len(k.buf)))
	unix.Close(int(fd))
	if e != 0 {
		return nil
	}
	return k.buf[:n]
}

// elsewhere stands for the inode of a pid namespace that is not ours, where no
// more is known; real ones are far above.
const elsewhere = 1

// space asks for the namespace itself. A process can forbid that (prctl(2),
// PR_SET_DUMPABLE), but not that its numbers are told: one in each namespace
// from that of procfs, ours, down to its own.
func (k *system) space(pid uint32) uint32 {
	if k.proc == "" {
		return 0
	}
	k.name(pid, "/ns/pid")
	n, e := k.readlink()
	if e == 0 {
		return parseSpace(k.buf[:n])
	}
	k.name(pid, "/status")
	switch depth := parseDepth(k.read()); {
	case depth == 1:
		return k.self
	case depth > 1:
		return elsewhere
	}
	return 0
}

// link reads a link of procfs. What it returns is good until the next call.
func (k *system) link(name string) ([]byte, error) {
	k.path = lean.Add(lean.Add(lean.Add(k.path[:0], k.proc), name), "\x00")
	n, e := k.readlink()
	if e != 0 {
		return nil, lean.PathError("readlink", k.proc+name, e)
	}
	return k.buf[:n], nil
}

// name makes path that of a file of a process.
func (k *system) name(pid uint32, file string) {
	k.path = strconv.AppendUint(lean.Add(lean.Add(k.path[:0], k.proc), "/"), uint64(pid), 10)
	k.path = lean.Add(lean.Add(k.path, file), "\x00")
}

// atCWD is AT_FDCWD, -100, as a register holds it.
const atCWD = ^uintptr(99)

func (k *system) readlink() (n int, e unix.Errno) {
	r, _, e := unix.Syscall6(unix.SYS_READLINKAT, atCWD, uintptr(unsafe.Pointer(&k.path[0])),
		uintptr(unsafe.Pointer(&k.buf[0])), uintptr(len(k.buf)), 0, 0)
	return int(r), e
}
