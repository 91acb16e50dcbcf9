package vlp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
)

const streamLen = 1 << 18

// streams are what a line may carry, from friendly to hostile.
func streams() []struct {
	name string
	data []byte
} {
	rnd := rand.New(rand.NewPCG(7, 7))
	var clean []byte
	for n := uint64(1); len(clean) < streamLen; n++ {
		clean = Append(clean, &Frame{PID: 2 + uint32(n%64), Nonce: n, Timestamp: n * 1e9, Payload: rnd.Uint32()})
	}
	noise := make([]byte, streamLen)
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	letters := make([]byte, streamLen)
	for i := range letters {
		letters[i] = "VA\x02"[rnd.IntN(3)]
	}
	heads := func(room int) (b []byte) { // each with up to so many bytes behind it
		for len(b) < streamLen {
			b = append(b, "VA\x02\x00\x55\xaa"[:3+rnd.IntN(1+room)]...)
		}
		return b
	}
	fill := func(unit string) []byte { return bytes.Repeat([]byte(unit), streamLen/len(unit)) }
	return []struct {
		name string
		data []byte
	}{
		{"clean", clean},
		{"noise", noise},
		{"V", fill("V")},
		{"VA", fill("VA")},
		{"VA_02_00", fill("VA\x02\x00")},
		{"VA_02", fill("VA\x02")},
		{"VA_01", fill("VA\x01")},
		{"heads_3_to_4", heads(1)},
		{"heads_3_to_6", heads(3)},
		{"letters", letters},
	}
}

// BenchmarkScanner shows the speed on each stream, cut into reads of each size:
// MB/s by the clock, cpuMB/s by the processor time used, which other work on
// the machine disturbs less. The target is 150 on any stream in any reads, and
// 1000 on a clean one in reads of a frame or more.
func BenchmarkScanner(b *testing.B) {
	for _, st := range streams() {
		for _, size := range []int{1, 8, 31, 32, 33, 64, 4095} {
			b.Run(fmt.Sprintf("%s/%d", st.name, size), func(b *testing.B) {
				s := NewScanner()
				var f Frame
				b.SetBytes(int64(len(st.data)))
				b.ReportAllocs()
				b.ResetTimer()
				before := cpuSeconds()
				for range b.N {
					scanAll(s, &f, st.data, size)
				}
				used := cpuSeconds() - before
				b.ReportMetric(float64(b.N)*float64(len(st.data))/used/1e6, "cpuMB/s")
			})
		}
	}
}

// cpuSeconds is the processor time of this process, by getrusage(2).
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// scanAll does what the owner of a line does, with data in place of read(2).
func scanAll(s *Scanner, f *Frame, data []byte, size int) (accepted int) {
	if size == 1 {
		return scanBytes(s, f, data)
	}
	for len(data) > 0 {
		n := min(size, len(data))
		copy(s.Space(), data[:n])
		s.Wrote(n)
		data = data[n:]
		for ft, ok := s.Next(f); ok; ft, ok = s.Next(f) {
			if ft == None {
				accepted++
			}
		}
	}
	return accepted
}

// scanBytes spares single bytes the cost of copy, which read(2) has elsewhere.
func scanBytes(s *Scanner, f *Frame, data []byte) (accepted int) {
	for _, c := range data {
		s.Space()[0] = c
		s.Wrote(1)
		for ft, ok := s.Next(f); ok; ft, ok = s.Next(f) {
			if ft == None {
				accepted++
			}
		}
	}
	return accepted
}
