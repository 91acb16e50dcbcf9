package intake

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

// damagedStream makes frames for size bytes of line, of which three in ten are
// damaged, and returns the bytes with the nonces of the intact frames. What
// damage leaves can have no right checksum but by chance, 1 in 2^32.
func damagedStream(rng *rand.Rand, line uint32, size int) (stream []byte, intact []uint64, frames int) {
	for nonce := uint64(1); len(stream) < size; nonce++ {
		frames++
		b := vlp.Append(nil, &vlp.Frame{PID: line, Nonce: nonce, Timestamp: nonce * 3, Payload: uint32(nonce) ^ line})
		if rng.IntN(10) < 3 {
			stream = append(stream, damage(rng, b)...)
			continue
		}
		intact = append(intact, nonce)
		if rng.IntN(20) == 0 { // between frames nothing matters
			stream = append(stream, "[ 12.3] VA\x02VA\x02\x00 oops\r\n"[:rng.IntN(23)]...)
		}
		stream = append(stream, b...)
	}
	return stream, intact, frames
}

// damage does to a frame what wires and UARTs do: bits turned, bytes lost,
// bytes too many, a burst of noise. The first bytes of the frame behind can
// never make it whole, since its last byte stays or is overwritten.
func damage(rng *rand.Rand, b []byte) []byte {
	switch rng.IntN(4) {
	case 0:
		b[rng.IntN(len(b))] ^= 1 << rng.IntN(8)
	case 1:
		from := rng.IntN(len(b) - 1)
		to := from + 1 + rng.IntN(len(b)-1-from)
		b = append(b[:from:from], b[to:]...)
	case 2:
		at := 1 + rng.IntN(len(b)-2)
		b = append(b[:at:at], append([]byte{b[at] ^ byte(1+rng.IntN(255))}, b[at:]...)...)
	case 3:
		from := rng.IntN(len(b) - 4)
		for i := from; i < from+4; i++ { // at most 32 bits: a CRC sees all such bursts
			b[i] ^= byte(1 + rng.IntN(255))
		}
	}
	return b
}

// Two seconds' worth of 4 Mbaud on each of four lines at once, as fast as it
// goes: every intact frame once, in order, and none that was not sent.
func TestDamagedStreams(t *testing.T) {
	const lines, size = 4, 2 * 4_000_000 / 10
	var ptys [lines]*pty
	var streams [lines][]byte
	var intact [lines][]uint64
	var specs []string
	frames := 0
	for i := range lines {
		var n int
		streams[i], intact[i], n = damagedStream(rand.New(rand.NewPCG(2026, uint64(i))), uint32(100+i), size)
		frames += n
		ptys[i] = newPTY(t)
		specs = append(specs, fmt.Sprintf("l%d=%s,4000000", i, ptys[i].path))
	}
	r := newRig(t, noSys(t), specs...)
	r.onFrame = func(i int, f *vlp.Frame) {
		k := r.frames[i] - 1
		if k >= len(intact[i]) || f.Nonce != intact[i][k] || f.PID != uint32(100+i) ||
			f.Timestamp != f.Nonce*3 || f.Payload != uint32(f.Nonce)^f.PID {
			t.Fatalf("line %d: frame %d came as %+v", i, k, *f)
		}
	}
	r.until("all up", func() bool { return len(r.changes) == lines })
	began := time.Now()
	failed := make(chan error, lines)
	for i := range lines {
		fd := ptys[i].master
		go func() { failed <- pour(fd, streams[i]) }()
	}
	r.until("all bytes", func() bool {
		for i := range lines {
			if n, _ := r.lines.Line(i).Scanner().Bytes(); n < uint64(len(streams[i])) {
				return false
			}
		}
		return true
	})
	took := time.Since(began)
	var got, bytes int
	for i := range lines {
		if err := <-failed; err != nil {
			t.Error(err)
		}
		if r.frames[i] != len(intact[i]) {
			t.Errorf("line %d: %d of %d intact frames", i, r.frames[i], len(intact[i]))
		}
		got += r.frames[i]
		bytes += len(streams[i])
	}
	t.Logf("%d of %d frames intact and taken, %d bytes in %v, %.1f MB/s", got, frames, bytes, took, float64(bytes)/1e6/took.Seconds())
}

// pour writes all of b, waiting for room.
func pour(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		switch err {
		case nil:
			b = b[n:]
		case unix.EAGAIN:
			if _, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}, -1); err != nil && err != unix.EINTR {
				return err
			}
		case unix.EINTR:
		default:
			return err
		}
	}
	return nil
}
