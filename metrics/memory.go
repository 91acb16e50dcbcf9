package metrics

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// mapped is memory that costs nothing until it is used, page by page.
func mapped(bytes int) (unsafe.Pointer, error) {
	where, err := unix.MmapPtr(-1, 0, nil, uintptr(bytes), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	return where, lean.SyscallError("mmap", err)
}

func unmap(where unsafe.Pointer, bytes int) error {
	return lean.SyscallError("munmap", unix.MunmapPtr(where, uintptr(bytes)))
}
