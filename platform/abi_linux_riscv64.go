package platform

import (
	"unsafe"

	abi "vlpd/platform/linux_riscv64"

	"golang.org/x/sys/unix"
)

const (
	sysRecvmmsg   = abi.SysRecvmmsg
	cmsgSpaceCred = abi.CmsgSpaceCred
)

// An index other than 0 does not compile: each line says that the Go struct
// has the kernel's size or offset.
var (
	_ = [1]int{}[abi.Word-unsafe.Sizeof(uintptr(0))]
	_ = [1]int{}[abi.Msghdr-unsafe.Sizeof(unix.Msghdr{})]
	_ = [1]int{}[abi.MsghdrFlags-unsafe.Offsetof(unix.Msghdr{}.Flags)]
	_ = [1]int{}[abi.Mmsghdr-unsafe.Sizeof(mmsghdr{})]
	_ = [1]int{}[abi.MmsghdrLen-unsafe.Offsetof(mmsghdr{}.len)]
	_ = [1]int{}[abi.Iovec-unsafe.Sizeof(unix.Iovec{})]
	_ = [1]int{}[abi.CmsgSpaceCred-cmsgSpaceUcred]
	_ = [1]int{}[abi.Timespec-unsafe.Sizeof(unix.Timespec{})]
	_ = [1]int{}[abi.EpollEvent-unsafe.Sizeof(unix.EpollEvent{})]
	_ = [1]int{}[abi.SysRecvmmsg-unix.SYS_RECVMMSG]
)
