package vlp

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
)

// sent is a frame and the part of the stream that its bytes, whole or not, went into.
type sent struct {
	frame    Frame
	from, to int
}

// damagedStream sends frames of which 30 % are damaged. Each frame has a nonce
// of its own, so that it can be told from all others.
func damagedStream(seed uint64, frames int) (stream []byte, all []sent) {
	rnd := rand.New(rand.NewPCG(seed, 30))
	for n := range frames {
		f := Frame{
			Timestamp: rnd.Uint64() >> 1, Nonce: uint64(n), PID: 2 + rnd.Uint32N(100),
			Payload: rnd.Uint32(), Status: Status(rnd.IntN(3)),
		}
		b := Append(nil, &f)
		if rnd.IntN(100) < 30 {
			b = damage(rnd, b)
		}
		all = append(all, sent{f, len(stream), len(stream) + len(b)})
		stream = append(stream, b...)
	}
	return stream, all
}

// damage does to the bytes of a frame what a wire does.
func damage(rnd *rand.Rand, b []byte) []byte {
	at, n := rnd.IntN(len(b)), 1+rnd.IntN(8)
	switch rnd.IntN(5) {
	case 0: // bits turned over
		for range n {
			b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
		}
	case 1: // bytes lost
		b = slices.Delete(b, at, min(at+n, len(b)))
	case 2: // bytes received twice
		b = slices.Insert(b, at, b[at:min(at+n, len(b))]...)
	case 3: // noise
		for range 1 + rnd.IntN(70) {
			b = slices.Insert(b, at, byte(rnd.Uint32()))
		}
	case 4: // noise that looks like heads
		b = slices.Insert(b, at, bytes.Repeat([]byte("VA\x02"), n)...)
	}
	return b
}

// intactOf returns the frames whose 32 bytes arrived together and unchanged,
// be it by luck, as when the byte lost at a frame's end is the one the next
// begins with. Of two that overlap the first counts.
func intactOf(stream []byte, all []sent) (want []found) {
	free := 0
	for _, s := range all {
		from := max(s.from, free)
		part := stream[from:max(from, min(s.to+Size, len(stream)))]
		if i := bytes.Index(part, Append(nil, &s.frame)); i >= 0 {
			want = append(want, found{from + i, None, s.frame})
			free = from + i + Size
		}
	}
	return want
}

// TestDamagedFrames: every frame that arrived intact is found once, at its
// place, and none is invented.
func TestDamagedFrames(t *testing.T) {
	frames := 50_000
	if testing.Short() {
		frames = 5_000
	}
	for seed := range uint64(4) {
		stream, all := damagedStream(seed, frames)
		want := intactOf(stream, all)
		s := NewScanner()
		got := feed(t, s, stream, anyhow(seed))
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %d frames, want %d; first difference at %d", seed, len(got), len(want), firstDifference(got, want))
		}
		checkBytes(t, s, len(stream), uint64(len(want)))
		if lost := 100 * (frames - len(want)) / frames; lost < 20 || lost > 30 {
			t.Errorf("seed %d: %d %% of the frames did not arrive, want somewhat under 30", seed, lost)
		}
		t.Logf("seed %d: %d frames sent, %d intact, all found; %d heads with a bad checksum", seed, frames, len(want), s.Faults()[BadCRC])
	}
}

func firstDifference(a, b []found) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// TestDamagedAgainstOracle does the same streams against the slow scanner.
func TestDamagedAgainstOracle(t *testing.T) {
	for seed := range uint64(8) {
		stream, _ := damagedStream(100+seed, 2000)
		compare(t, stream, anyhow(seed))
	}
}
