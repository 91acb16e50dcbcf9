package vlp

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// opens stands for a seal: the last byte is the sum of the others, plus one so
// that zeros are no frame.
func opens(b []byte) bool {
	sum := byte(1)
	for _, c := range b[:len(b)-1] {
		sum += c
	}
	return sum == b[len(b)-1]
}

// sealedWire is a frame with its head, of 60 or 64 bytes.
func sealedWire(n uint64, size int) []byte {
	rnd := rand.New(rand.NewPCG(n, 5))
	b := []byte{'V', 'A', 0x82, byte(size)}
	for range size - 1 {
		b = append(b, byte(rnd.Uint32()))
	}
	sum := byte(1)
	for _, c := range b[4:] {
		sum += c
	}
	return append(b, sum)
}

// sealedFound is a frame in a stream and where its head stands.
type sealedFound struct {
	at    int
	frame string
}

// sealedOracle is the slow obvious scanner. It shares no code with the quick
// one.
func sealedOracle(stream []byte) (all []sealedFound, refused uint64) {
	for p := 0; p+4 <= len(stream); p++ {
		if !bytes.HasPrefix(stream[p:], []byte("VA\x82<")) && !bytes.HasPrefix(stream[p:], []byte("VA\x82@")) {
			continue
		}
		size := int(stream[p+3])
		if p+4+size > len(stream) {
			continue
		}
		if b := stream[p+4 : p+4+size]; opens(b) {
			all = append(all, sealedFound{p, string(b)})
			p += 3 + size
		} else {
			refused++
		}
	}
	return all, refused
}

// feedSealed gives stream to s in pieces of the sizes that next returns.
func feedSealed(t testing.TB, s *SealedScanner, stream []byte, next func() int) (all []sealedFound, late int) {
	t.Helper()
	for given := 0; given < len(stream); {
		n := copy(s.Space(), stream[given:min(given+max(next(), 1), len(stream))])
		s.Wrote(n)
		given += n
		for b := s.Next(); b != nil; b = s.Next() {
			at := int(s.past) + s.pos
			if !bytes.Equal(b, stream[at+4:at+4+len(b)]) {
				t.Fatalf("%x is not what stands at %d", b, at)
			}
			if opens(b) {
				all = append(all, sealedFound{at, string(b)})
				if n == 1 && at+4+len(b) != given {
					late++
				}
				s.Accept()
			}
		}
	}
	return all, late
}

// compareSealed runs a stream through a scanner and the oracle. The oracle has
// all of it at once; a head near the end that lacks bytes hides what follows
// from the scanner until they come, so a tail without heads goes behind.
func compareSealed(t testing.TB, stream []byte, next func() int) {
	t.Helper()
	stream = append(bytes.Clone(stream), make([]byte, 100)...)
	s := NewSealedScanner()
	got, _ := feedSealed(t, s, stream, next)
	want, refused := sealedOracle(stream)
	accepted := 0
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("%d frames, want %d; number %d differs", len(got), len(want), i)
		}
		accepted += 4 + len(got[i].frame)
	}
	if s.Refused() != refused {
		t.Fatalf("%d heads refused, want %d", s.Refused(), refused)
	}
	seen, skipped := s.Bytes()
	if seen != uint64(len(stream)) || skipped > seen-uint64(accepted) || seen-uint64(accepted)-skipped > 67 {
		t.Fatalf("seen %d, skipped %d of %d with %d in frames", seen, skipped, len(stream), accepted)
	}
	s.Reset()
	if seen, skipped = s.Bytes(); seen != uint64(len(stream)) || skipped != seen-uint64(accepted) {
		t.Fatalf("after Reset seen %d, skipped %d", seen, skipped)
	}
}

// sealedMess is frames of both sizes with everything between them that may
// look like one: heads, pieces, plain frames, frames inside refused ones.
func sealedMess(seed uint64, parts int) (stream []byte) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	for n := range uint64(parts) {
		size := sharedSize + 4*rnd.IntN(2)
		w := sealedWire(n+seed<<32, size)
		switch rnd.IntN(9) {
		case 0:
			w = w[:rnd.IntN(len(w))]
		case 1:
			w = w[rnd.IntN(len(w)):]
		case 2:
			w = append([]byte("VA\x82@VA\x82<VA\x82")[:rnd.IntN(11)], w...)
		case 3:
			w[4+rnd.IntN(size)] ^= 1 << rnd.IntN(8)
		case 4:
			w = append([]byte("VA\x82@junk"), w...)
		case 5:
			w = wire(n)
		case 6:
			w = bytes.Repeat([]byte{'V'}, rnd.IntN(80))
		}
		stream = append(stream, w...)
	}
	return stream
}

func TestSealedScanner(t *testing.T) {
	for seed := range uint64(20) {
		stream := sealedMess(seed, 300)
		if all, refused := sealedOracle(stream); len(all) < 100 || refused < 20 {
			t.Fatalf("seed %d: %d frames, %d refused", seed, len(all), refused)
		}
		for _, next := range []func() int{always(1), always(7), always(64), always(readSize), anyhow(seed)} {
			compareSealed(t, stream, next)
		}
	}
}

// After garbage of any length and wherever reads are cut, a frame is there
// with its last byte, not later.
func TestSealedIsNeverLate(t *testing.T) {
	for _, garbage := range []string{"", "V", "VA", "VA\x82", "VA\x82<", "VA\x82@", "VA\x82@VA\x82<", "VA\x02\x00", "VAVAVAVA\x82", string(make([]byte, 300))} {
		for _, size := range []int{sharedSize, masterSize} {
			stream := append([]byte(garbage), sealedWire(1, size)...)
			got, late := feedSealed(t, NewSealedScanner(), stream, always(1))
			if len(got) != 1 || late != 0 || got[0].at != len(garbage) {
				t.Errorf("after %q: %d frames, %d late", garbage, len(got), late)
			}
		}
	}
}

// A head every four bytes is the worst there is; each costs one try.
func TestSealedWorstInput(t *testing.T) {
	stream := bytes.Repeat([]byte("VA\x82<"), 5000)
	s := NewSealedScanner()
	tries := 0
	for given := 0; given < len(stream); {
		n := copy(s.Space(), stream[given:])
		s.Wrote(n)
		given += n
		for b := s.Next(); b != nil; b = s.Next() {
			tries++
		}
	}
	if most := len(stream) / 4; tries > most || tries < most-20 {
		t.Errorf("%d tries for %d heads", tries, most)
	}
}

func TestSealedAcceptNeedsAFrame(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Accept of nothing went by")
		}
	}()
	NewSealedScanner().Accept()
}

func TestSealedAllocatesNothing(t *testing.T) {
	stream := sealedMess(3, 200)
	s := NewSealedScanner()
	if n := testing.AllocsPerRun(20, func() {
		for given := 0; given < len(stream); {
			n := copy(s.Space(), stream[given:min(given+50, len(stream))])
			s.Wrote(n)
			given += n
			for b := s.Next(); b != nil; b = s.Next() {
				if opens(b) {
					s.Accept()
				}
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzSealedScanner: any stream in any pieces gives what the slow scanner
// finds. In the stream 0xff and 0xfe stand for whole frames, 0xfd and 0xfc for
// heads, and 0xfb for the byte that makes the 59 before it a frame.
func FuzzSealedScanner(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		if len(in) > 1<<12 {
			return
		}
		var stream []byte
		for n, c := range in {
			switch {
			case c == 0xff:
				stream = append(stream, sealedWire(uint64(n), sharedSize)...)
			case c == 0xfe:
				stream = append(stream, sealedWire(uint64(n), masterSize)...)
			case c == 0xfd:
				stream = append(stream, "VA\x82<"...)
			case c == 0xfc:
				stream = append(stream, "VA\x82@"...)
			case c == 0xfb && len(stream) >= sharedSize-1:
				sum := byte(1)
				for _, c := range stream[len(stream)-sharedSize+1:] {
					sum += c
				}
				stream = append(stream, sum)
			default:
				stream = append(stream, c)
			}
		}
		next := always(int(cut))
		if cut > readSize {
			next = anyhow(uint64(cut))
		}
		compareSealed(t, stream, next)
	})
}
