package main

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

// take reads all figures anew; one that cannot be read keeps its value.
func (p *process) take() {
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
	p.countFDs()
}

// countFDs counts the entries of /proc/self/fd, without "." and "..".
func (p *process) countFDs() {
	if _, err := unix.Seek(p.fdDir, 0, unix.SEEK_SET); err != nil {
		return
	}
	count := uint64(0)
	for {
		n, err := unix.Getdents(p.fdDir, p.buf[:])
		if err != nil || n <= 0 {
			break
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
	if count >= 2 {
		p.openFDs = count - 2
	}
}

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
