package confine

import "golang.org/x/sys/unix"

const (
	auditArch    = unix.AUDIT_ARCH_ARM
	sysSetresuid = unix.SYS_SETRESUID32
	sysSetresgid = unix.SYS_SETRESGID32
	sysSetgroups = unix.SYS_SETGROUPS32
)

// nativeCalls are those that other targets do not have under that name: file
// offsets of 64 bits, times of 64 bits (where runtime or kernel use them), and
// the private calls of ARM, which seccomp(2) sees as well.
var nativeCalls = [...]uint32{
	unix.SYS_OPEN, unix.SYS_ACCESS, unix.SYS_FCNTL, unix.SYS_STAT64, unix.SYS_LSTAT64, unix.SYS_FSTAT64, unix.SYS_FSTATAT64, unix.SYS_FCNTL64, unix.SYS_FTRUNCATE64, unix.SYS_STATFS64, unix.SYS_FSTATFS64,
	unix.SYS__LLSEEK, unix.SYS_MMAP2, unix.SYS_UGETRLIMIT, unix.SYS_POLL, unix.SYS_PAUSE, unix.SYS_RENAME,
	unix.SYS_RENAMEAT, unix.SYS_GETUID32, unix.SYS_GETEUID32, unix.SYS_EPOLL_WAIT,
	unix.SYS_CLOCK_GETTIME64, unix.SYS_CLOCK_NANOSLEEP_TIME64, unix.SYS_TIMER_SETTIME64, unix.SYS_TIMERFD_GETTIME64,
	unix.SYS_TIMERFD_SETTIME64, unix.SYS_PPOLL_TIME64, unix.SYS_PSELECT6_TIME64, unix.SYS_RECVMMSG_TIME64, unix.SYS_FUTEX_TIME64,
	0xf0002, // cacheflush
	0xf0005, // set_tls
}
