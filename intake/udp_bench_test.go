package intake

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

const benchUDPQueue = 256

// benchUDP measures receiving and judging, on a queue filled before.
func benchUDP(b *testing.B, u *UDP, datagram func(n int) []byte) {
	tx := dialUDP(b, u)
	var took time.Duration
	for n := range b.N {
		for i := range benchUDPQueue {
			if err := unix.Sendto(tx, datagram(n*benchUDPQueue+i), unix.MSG_DONTWAIT, nil); err != nil {
				b.Fatal(err)
			}
		}
		start := time.Now()
		for got := 0; got < benchUDPQueue; {
			m, err := u.Recv()
			if m == 0 || err != nil {
				b.Fatal(m, err)
			}
			for i := range m {
				var f vlp.Frame
				if r := u.Take(i, &f); r != Accepted {
					b.Fatal(r.Label())
				}
			}
			got += m
		}
		took += time.Since(start)
	}
	b.ReportMetric(float64(took.Nanoseconds())/float64(b.N)/benchUDPQueue, "ns/datagram")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkPlainUDP(b *testing.B) {
	d := frame(7, 1)
	benchUDP(b, udp(b, UDPConfig{RcvBuf: 1 << 20}), func(int) []byte { return d })
}

func BenchmarkSecureTake(b *testing.B) {
	plain := frame(7, 1)
	benchUDP(b, udp(b, UDPConfig{RcvBuf: 1 << 20, Opener: keyed(b, 8)}), func(n int) []byte { return sealed(1, 1, uint32(n), plain) })
}
