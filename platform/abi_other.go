//go:build linux && !arm && !amd64 && !arm64 && !riscv64

package platform

import "golang.org/x/sys/unix"

// A target without a table of its own: the numbers come from x/sys unproved.
const (
	sysRecvmmsg   = unix.SYS_RECVMMSG
	cmsgSpaceCred = cmsgSpaceUcred
)
