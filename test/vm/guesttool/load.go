package main

import (
	"fmt"
	"net"
	"os"
	"time"

	"vlpd/vlp"
)

// load sends beats from one goroutine and reports promises from another.
func load(socket, metrics string, period time.Duration, first, count uint64) error {
	conn, err := dial(socket)
	if err != nil {
		return err
	}
	sent := make(chan error, 1)
	go func() { sent <- beats(conn, period, first, count) }()
	var last uint64
	for done := false; ; time.Sleep(10 * time.Millisecond) {
		select {
		case err := <-sent:
			if err != nil {
				return err
			}
			done = true
		default:
		}
		p, err := readPromise(metrics)
		if err != nil {
			return err
		}
		if p.synced > last {
			last = p.synced
			fmt.Println("synced", last)
		}
		if done && p.records >= count {
			return nil
		}
	}
}

// dial waits for the observer's socket; it may be starting beside us.
func dial(path string) (*net.UnixConn, error) {
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
		if err == nil || time.Now().After(deadline) {
			return c, err
		}
	}
}

// beats sends count frames, or frames for ever when count is 0. A full queue
// makes it wait, so that no nonce is ever skipped.
func beats(conn *net.UnixConn, period time.Duration, first, count uint64) error {
	var frame []byte
	next := time.Now()
	for n := first; count == 0 || n < first+count; n++ {
		f := vlp.Frame{PID: uint32(os.Getpid()), Nonce: n, Timestamp: n, Payload: uint32(n)}
		frame = vlp.Append(frame[:0], &f)
		if _, err := conn.Write(frame); err != nil {
			return err
		}
		next = next.Add(period)
		time.Sleep(time.Until(next))
	}
	return nil
}
