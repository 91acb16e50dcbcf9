package main

import (
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// follow copies what is added to a log, and tells when a node was made. It
// ends only with an error; the log need not exist yet.
func follow(log, node string) error {
	var f *os.File
	var made int64
	for ; ; time.Sleep(10 * time.Millisecond) {
		if f == nil {
			f, _ = os.Open(log)
		}
		if f != nil {
			if _, err := io.Copy(os.Stdout, f); err != nil {
				return err
			}
		}
		if at := madeAt(node); at != made {
			made = at
			fmt.Println("node", made)
		}
	}
}

// madeAt is the change time of a node in ns of the wall clock, 0 when it is
// not there. A tty's node is made once; opening it does not change it.
func madeAt(node string) int64 {
	info, err := os.Stat(node)
	if err != nil {
		return 0
	}
	return syscall.TimespecToNsec(info.Sys().(*syscall.Stat_t).Ctim)
}
