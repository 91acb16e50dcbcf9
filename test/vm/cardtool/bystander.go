package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// bystander sleeps for 5 ms again and again, as a process that has nothing to
// do with any disk, and prints at SIGTERM how late it ever was:
//
//	late MS
//
// That much any other process of this machine may be late as well. It sleeps in
// the kernel, for the runtime's timers add something of their own.
func bystander() error {
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, syscall.SIGTERM)
	const nap = 5 * time.Millisecond
	var worst time.Duration
	for {
		begun := time.Now()
		ts := unix.NsecToTimespec(int64(nap))
		unix.Nanosleep(&ts, nil)
		worst = max(worst, time.Since(begun)-nap)
		select {
		case <-heard:
			fmt.Println("late", worst.Milliseconds()+1)
			return nil
		default:
		}
	}
}
