package ring

import (
	"runtime"
	"testing"
)

type record [40]byte

// BenchmarkPushClaim is one goroutine doing both ends, in the batches a log writer takes.
func BenchmarkPushClaim(b *testing.B) {
	for _, batch := range []int{1, 64} {
		b.Run(map[int]string{1: "one", 64: "batch64"}[batch], func(b *testing.B) {
			r := New[record](1024)
			var v record
			var sum byte
			b.ReportAllocs()
			for i := 0; i < b.N; i += batch {
				for range batch {
					r.Push(&v)
				}
				s, t := r.Claim(batch)
				for j := range s {
					sum += s[j][0]
				}
				for j := range t {
					sum += t[j][0]
				}
				r.Release()
			}
			v[0] = sum
		})
	}
}

// BenchmarkAcross is one goroutine at each end, on as many processors as there are.
func BenchmarkAcross(b *testing.B) {
	r := New[record](16384)
	b.ReportAllocs()
	done := make(chan byte)
	go func() {
		var sum byte
		for got := 0; got < b.N; {
			s, t := r.Claim(r.Cap())
			for j := range s {
				sum += s[j][0]
			}
			for j := range t {
				sum += t[j][0]
			}
			if len(s) == 0 {
				runtime.Gosched()
			}
			got += len(s) + len(t)
			r.Release()
		}
		done <- sum
	}()
	var v record
	for range b.N {
		for !r.Push(&v) {
			runtime.Gosched()
		}
	}
	<-done
}
