package observer

import (
	"os"

	"golang.org/x/sys/unix"
)

// process is what a scrape says of this process, by the names that the client
// libraries use. Files of procfs are opened once and read again: that waits
// for no device and allocates nothing.
type process struct {
	statm int // /proc/self/statm, -1 if it could not be opened
	fdDir int // /proc/self/fd

	cpuNS    int64
	virtual  uint64 // bytes
	resident uint64 // bytes
	openFDs  uint64
	otherFDs uint64 // than those of agents' processes, as last counted
	maxFDs   uint64

	buf [4096]byte
}

var startedNS = int64(wallNS())

func (p *process) open() {
	p.statm, p.fdDir = -1, -1
	var limit unix.Rlimit // read once: nobody but us changes it
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil {
		p.maxFDs = limit.Cur
	}
	if fd, err := unix.Open("/proc/self/statm", unix.O_RDONLY|unix.O_CLOEXEC, 0); err == nil {
		p.statm = fd
	}
	if fd, err := unix.Open("/proc/self/fd", unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err == nil {
		p.fdDir = fd
	}
}

// take reads all figures anew; one that cannot be read keeps its value. pinned
// is how many descriptors stand for agents' processes.
func (p *process) take(pinned uint64) {
	var use unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &use) == nil {
		p.cpuNS = use.Utime.Nano() + use.Stime.Nano()
	}
	if n, err := unix.Pread(p.statm, p.buf[:], 0); err == nil {
		pages := uint64(os.Getpagesize())
		size, rest := number(p.buf[:n])
		resident, _ := number(rest)
		p.virtual, p.resident = size*pages, resident*pages
	}
	p.countFDs(pinned)
}

// countFDs finds out how many descriptors are open: from Linux 6.2 on that is
// the size of /proc/self/fd, before that its entries are counted. Agents have a
// descriptor each, pinned of them, and the kernel makes an inode for every entry
// it lists: so the list is read up to a limit, and what is not pinned is taken
// to be as many as when it was last read whole.
func (p *process) countFDs(pinned uint64) {
	var st unix.Stat_t
	if unix.Fstat(p.fdDir, &st) == nil && st.Size > 0 {
		p.openFDs = uint64(st.Size)
		return
	}
	switch count, whole := p.listFDs(); {
	case whole:
		p.openFDs = count
		p.otherFDs = count - min(count, pinned)
	default:
		p.openFDs = max(count, p.otherFDs+pinned)
	}
}

// listFDs counts the entries of /proc/self/fd, without "." and "..". It is not
// whole if there are too many or it cannot be read.
func (p *process) listFDs() (count uint64, whole bool) {
	if _, err := unix.Seek(p.fdDir, 0, unix.SEEK_SET); err != nil {
		return p.openFDs, false
	}
	for range fdReads {
		n, err := unix.Getdents(p.fdDir, p.buf[:])
		if err != nil {
			return p.openFDs, false
		}
		if n <= 0 {
			return count - min(count, 2), true
		}
		for at := 0; at+18 <= n; {
			// d_reclen stands behind two 64-bit fields; getdents64(2).
			size := int(p.buf[at+16]) | int(p.buf[at+17])<<8
			if size == 0 {
				break
			}
			at += size
			count++
		}
	}
	return count - min(count, 2), false
}

// fdReads bounds the list at a thousand entries, a few ms on a slow board.
const fdReads = 6

// number reads the decimal number that b starts with, and what follows it and
// one blank.
func number(b []byte) (n uint64, rest []byte) {
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		n = n*10 + uint64(b[i]-'0')
		i++
	}
	return n, b[min(i+1, len(b)):]
}
