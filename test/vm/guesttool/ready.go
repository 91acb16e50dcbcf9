package main

import (
	"bytes"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// ready listens at path as systemd would (sd_notify(3)), for any user, and
// prints "ready S" with the seconds since boot, to the ms, each time that an
// observer says that it is ready. It does not end.
func ready(path string) error {
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o666); err != nil {
		return err
	}
	fmt.Println("listening")
	buf := make([]byte, 4096)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(buf[:n], []byte("READY=1")) {
			continue
		}
		var now unix.Timespec
		if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &now); err != nil { // what /proc/uptime counts
			return err
		}
		fmt.Printf("ready %d.%03d\n", now.Sec, now.Nsec/1e6)
	}
}
