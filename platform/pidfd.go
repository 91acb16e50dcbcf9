package platform

import "golang.org/x/sys/unix"

// OpenPidfd returns a descriptor that refers to the process which has the pid
// now, and to no other that may have it later: it can be read once all threads
// of that process have ended, reaped or not. See pidfd_open(2), Linux 5.3.
// It is closed on exec.
func OpenPidfd(pid uint32) (fd int32, e unix.Errno) {
	r, _, e := unix.RawSyscall(unix.SYS_PIDFD_OPEN, uintptr(pid), 0, 0)
	if e != 0 {
		return -1, e
	}
	return int32(r), 0
}

// PidfdEnded reports whether the process that fd refers to has ended.
func PidfdEnded(fd int32) bool {
	p := [1]unix.PollFd{{Fd: fd, Events: unix.POLLIN}}
	n, err := unix.Poll(p[:], 0)
	return err == nil && n == 1 && p[0].Revents&unix.POLLIN != 0
}
