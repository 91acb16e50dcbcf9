//go:build linux && !arm && !amd64 && !arm64 && !riscv64

package confine

import "golang.org/x/sys/unix"

// A target without a list of its own gets no filter.
const (
	auditArch    = 0
	sysSetresuid = unix.SYS_SETRESUID
	sysSetresgid = unix.SYS_SETRESGID
	sysSetgroups = unix.SYS_SETGROUPS
)

var nativeCalls [0]uint32
