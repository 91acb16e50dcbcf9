package confine

import "golang.org/x/sys/unix"

const (
	auditArch    = unix.AUDIT_ARCH_X86_64
	sysSetresuid = unix.SYS_SETRESUID
	sysSetresgid = unix.SYS_SETRESGID
	sysSetgroups = unix.SYS_SETGROUPS
)

// nativeCalls are those that newer targets do not have any more.
var nativeCalls = [...]uint32{
	unix.SYS_NEWFSTATAT, unix.SYS_STAT, unix.SYS_LSTAT, unix.SYS_FSTAT, unix.SYS_FCNTL, unix.SYS_FTRUNCATE, unix.SYS_LSEEK,
	unix.SYS_MMAP, unix.SYS_GETRLIMIT, unix.SYS_POLL, unix.SYS_PAUSE, unix.SYS_RENAME, unix.SYS_GETUID, unix.SYS_GETEUID,
	unix.SYS_EPOLL_WAIT, unix.SYS_RENAMEAT, unix.SYS_ARCH_PRCTL, unix.SYS_TIME,
}
