// Package platform is what the Linux kernel looks like from here: batches of
// datagrams with the sender's credentials, an epoll set that a goroutine can
// park on, a timer, a doorbell.
//
// It promises that nothing in it blocks or allocates once made, that errors
// name the system call and keep the errno, and that each struct which is
// handed to the kernel by address has the kernel's size on every target: the
// folders linux_<arch> hold the numbers, the files abi_linux_<arch>.go assert
// them when compiled. A new target is one folder, one such file, one word in
// abi_other.go.
//
// It judges nothing: what a datagram means, whom to believe and what to do
// about an error is decided by its callers. No 32-bit time is ever passed to
// the kernel: receiving takes no timeout.
//
// The raw calls used here (RawSyscall) do not tell Go's scheduler about
// themselves, which is why each one is made in a form that cannot sleep.
package platform
