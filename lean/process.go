package lean

import (
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Closed, among the descriptors of Start, leaves that one closed.
const Closed = ^uintptr(0)

// Start runs the program at path with our environment. The child has the given
// descriptors as its 0, 1, 2 ... and no others of ours that are close-on-exec.
// It returns when execve(2) has succeeded, or with its error. Somebody must
// Wait for the child.
func Start(path string, argv []string, files ...uintptr) (pid int, err error) {
	pid, err = syscall.ForkExec(path, argv, &syscall.ProcAttr{Env: syscall.Environ(), Files: files})
	if err != nil {
		return 0, PathError("execve", path, err)
	}
	return pid, nil
}

// Wait blocks, a thread of its own with it, until the child has ended, and
// takes it out of the process table. A child that failed is an error: exit
// status or signal, see wait(2).
func Wait(pid int) error {
	var status unix.WaitStatus
	for {
		_, err := unix.Wait4(pid, &status, 0, nil)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return SyscallError("wait4", err)
		}
		break
	}
	switch {
	case status.Signaled():
		return New("signal " + strconv.Itoa(int(status.Signal())))
	case status.ExitStatus() != 0:
		return New("exit status " + strconv.Itoa(status.ExitStatus()))
	}
	return nil
}
