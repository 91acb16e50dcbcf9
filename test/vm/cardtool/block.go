package main

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Requests that x/sys does not name (include/uapi/linux/fs.h).
const (
	fibmap   = 1 // block number in the file → on the device
	figetbsz = 2 // bytes of a block
)

// block prints where the last bytes of a file are on its device, as
// "SECTOR LENGTH" in sectors of 512 bytes.
func block(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	var size int32
	if err := fileCall(f, figetbsz, &size); err != nil {
		return fmt.Errorf("FIGETBSZ: %w", err)
	}
	at := int32((info.Size() - 1) / int64(size))
	if err := fileCall(f, fibmap, &at); err != nil {
		return fmt.Errorf("FIBMAP: %w", err)
	}
	if at == 0 {
		return fmt.Errorf("%s: its last block is nowhere on the device", path)
	}
	per := size / 512
	fmt.Println(at*per, per)
	return nil
}

func fileCall(f *os.File, request uintptr, value *int32) error {
	_, _, e := unix.Syscall(unix.SYS_IOCTL, f.Fd(), request, uintptr(unsafe.Pointer(value)))
	if e != 0 {
		return e
	}
	return nil
}
