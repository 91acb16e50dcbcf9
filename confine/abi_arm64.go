package confine

import "golang.org/x/sys/unix"

const (
	auditArch    = unix.AUDIT_ARCH_AARCH64
	sysSetresuid = unix.SYS_SETRESUID
	sysSetresgid = unix.SYS_SETRESGID
	sysSetgroups = unix.SYS_SETGROUPS
)

// nativeCalls are those whose names differ between targets.
var nativeCalls = [...]uint32{
	unix.SYS_FSTATAT, unix.SYS_FSTAT, unix.SYS_FCNTL, unix.SYS_FTRUNCATE, unix.SYS_LSEEK, unix.SYS_MMAP, unix.SYS_GETRLIMIT,
	unix.SYS_RENAMEAT, unix.SYS_GETUID, unix.SYS_GETEUID,
}
