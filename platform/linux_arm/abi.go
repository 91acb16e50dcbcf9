// Package abi holds the numbers of the 32-bit ARM kernel interface that vlpd
// lays out by hand: sizes and offsets in bytes, and call numbers. Nothing but
// untyped numbers stands here, so every host builds this folder and tests it;
// ../abi_linux_arm.go holds them against the real structs when the target is
// arm. Sources: include/linux/socket.h, include/uapi/linux/uio.h,
// include/uapi/linux/eventpoll.h, arch/arm/tools/syscall.tbl.
// One table serves ARMv5, v6 and v7: all are EABI.
package abi

const (
	Word = 4 // size of a pointer and of size_t

	Msghdr        = 28 // struct user_msghdr
	MsghdrFlags   = 24 // offset of msg_flags in it
	Mmsghdr       = 32 // struct mmsghdr, tail padding included
	MmsghdrLen    = 28 // offset of msg_len in it
	Iovec         = 8  // struct iovec
	CmsgSpaceCred = 24 // CMSG_SPACE(sizeof(struct ucred))
	Timespec      = 8  // struct timespec of the calls used here
	EpollEvent    = 16 // struct epoll_event

	SysRecvmmsg = 365 // not recvmmsg_time64 (417): no timeout is ever passed
)
