// Package abi holds the numbers of the 64-bit RISC-V kernel interface that vlpd
// lays out by hand: sizes and offsets in bytes, and call numbers. Nothing but
// untyped numbers stands here, so every host builds this folder and tests it;
// ../abi_linux_riscv64.go holds them against the real structs when the target is
// riscv64. Sources: include/linux/socket.h, include/uapi/linux/uio.h,
// include/uapi/linux/eventpoll.h, include/uapi/asm-generic/unistd.h.
package abi

const (
	Word = 8 // size of a pointer and of size_t

	Msghdr        = 56 // struct user_msghdr
	MsghdrFlags   = 48 // offset of msg_flags in it
	Mmsghdr       = 64 // struct mmsghdr, tail padding included
	MmsghdrLen    = 56 // offset of msg_len in it
	Iovec         = 16 // struct iovec
	CmsgSpaceCred = 32 // CMSG_SPACE(sizeof(struct ucred))
	Timespec      = 16 // struct timespec of the calls used here
	EpollEvent    = 16 // struct epoll_event

	SysRecvmmsg = 243
)
