package intake

import (
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

const benchQueue = 512

// benchDrain measures drain alone, on a queue filled before.
func benchDrain(b *testing.B, drain func(u *Unix, n int) int) {
	u := listen(b, UnixConfig{Path: socketDir(b) + "/s", QueueLen: benchQueue})
	if !u.Raised() {
		b.Skip("LOUD SKIP: the queue limit cannot be raised")
	}
	tx := dial(b, u.path)
	if err := unix.SetsockoptInt(tx, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 4<<20); err != nil {
		b.Fatal(err)
	}
	d := frame(os.Getpid(), 1)
	var took time.Duration
	for range b.N {
		for range benchQueue {
			if err := unix.Sendto(tx, d, unix.MSG_DONTWAIT, nil); err != nil {
				b.Fatal(err)
			}
		}
		start := time.Now()
		if n := drain(u, benchQueue); n != benchQueue {
			b.Fatalf("drained %d, expected %d", n, benchQueue)
		}
		took += time.Since(start)
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/benchQueue, "ns/datagram")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkRecvTake is the way of the loop: batches, judged.
func BenchmarkRecvTake(b *testing.B) {
	benchDrain(b, func(u *Unix, n int) (got int) {
		var f vlp.Frame
		for got < n {
			m, err := u.Recv()
			if m == 0 || err != nil {
				return got
			}
			for i := range m {
				if u.Take(i, &f) == Accepted {
					got++
				}
			}
		}
		return got
	})
}

// BenchmarkRecvDiscard receives in batches and looks at nothing.
func BenchmarkRecvDiscard(b *testing.B) {
	benchDrain(b, func(u *Unix, n int) (got int) {
		for got < n {
			m, err := u.Recv()
			if m == 0 || err != nil {
				return got
			}
			got += m
		}
		return got
	})
}

// BenchmarkOneByOne is what the library offers: recvmsg for each datagram.
func BenchmarkOneByOne(b *testing.B) {
	buf, oob := make([]byte, 33), make([]byte, 64)
	benchDrain(b, func(u *Unix, n int) (got int) {
		var f vlp.Frame
		for range n {
			m, _, _, _, err := unix.RecvmsgBuffers(u.FD(), [][]byte{buf}, oob, unix.MSG_DONTWAIT)
			if err != nil {
				return got
			}
			if m == 32 && vlp.Decode((*[32]byte)(buf), &f) == vlp.None {
				got++
			}
		}
		return got
	})
}
