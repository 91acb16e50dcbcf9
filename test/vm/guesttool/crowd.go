package main

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

// crowd beats count times in the name of each of the processes (which must
// exist), once a period, their phases spread over it. As root it may, see
// SCM_CREDENTIALS in unix(7); its user is that of the socket, as the observer
// demands. So 100 agents cost the memory of 100 idle processes and no more.
func crowd(socket string, period time.Duration, count uint64, pids []uint64) error {
	conn, err := dial(socket)
	if err != nil {
		return err
	}
	info, err := os.Stat(socket)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var frame []byte
	refused, next := 0, time.Now()
	for n := uint64(1); n <= count; n++ {
		for _, pid := range pids {
			f := vlp.Frame{PID: uint32(pid), Nonce: n, Timestamp: n}
			frame = vlp.Append(frame[:0], &f)
			who := unix.UnixCredentials(&unix.Ucred{Pid: int32(pid), Uid: owner.Uid, Gid: owner.Gid})
			if err := sendAs(raw, frame, who); err == unix.EAGAIN {
				refused++
			} else if err != nil {
				return fmt.Errorf("beat for process %d: sendmsg: %w", pid, err)
			}
			next = next.Add(period / time.Duration(len(pids)))
			time.Sleep(time.Until(next))
		}
	}
	fmt.Printf("crowd sent %d refused %d\n", int(count)*len(pids)-refused, refused)
	return nil
}

// sendAs sends one datagram with credentials, without waiting for room.
func sendAs(raw syscall.RawConn, frame, who []byte) (err error) {
	if e := raw.Control(func(fd uintptr) { err = unix.Sendmsg(int(fd), frame, who, nil, unix.MSG_DONTWAIT) }); e != nil {
		return e
	}
	return err
}
