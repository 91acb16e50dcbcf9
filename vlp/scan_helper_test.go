package vlp

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// feed gives stream to s in pieces of the sizes that next returns, and returns
// what came out, with the piece's end in place of the frame's own.
func feed(t testing.TB, s *Scanner, stream []byte, next func() int) (all []found) {
	t.Helper()
	given, behind := 0, 0
	for given < len(stream) {
		n := copy(s.Space(), stream[given:min(given+max(next(), 1), len(stream))])
		s.Wrote(n)
		given += n
		for {
			var f Frame
			ft, ok := s.Next(&f)
			if !ok {
				break
			}
			at := bytes.Index(stream[behind:given], s.Last()[:])
			if at < 0 {
				t.Fatalf("Last() is %x, which is not in the stream after byte %d", *s.Last(), behind)
			}
			behind += at + Size
			all = append(all, found{behind - Size, ft, f})
		}
	}
	return all
}

// compare runs a stream through a scanner and the oracle.
func compare(t testing.TB, stream []byte, next func() int) {
	t.Helper()
	s := NewScanner()
	got := feed(t, s, stream, next)
	want, badCRC := oracle(stream)
	accepted, faults := uint64(0), [Faults]uint64{BadCRC: badCRC}
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("result %d of %d differs, want %d:\ngot  %+v\nwant %+v", i, len(got), len(want), tail(got, i), tail(want, i))
		}
		if ft := got[i].fault; ft == None {
			accepted++
		} else {
			faults[ft]++
		}
	}
	if *s.Faults() != faults {
		t.Fatalf("faults counted %d, want %d", *s.Faults(), faults)
	}
	checkBytes(t, s, len(stream), accepted)
}

func tail(all []found, i int) []found { return all[min(i, len(all)):min(i+1, len(all))] }

// checkBytes does the accounts at the end of a stream.
func checkBytes(t testing.TB, s *Scanner, length int, accepted uint64) {
	t.Helper()
	want := uint64(length) - accepted*Size
	seen, skipped := s.Bytes()
	if seen != uint64(length) || skipped > want || want-skipped >= Size {
		t.Fatalf("seen %d, skipped %d; want %d, and %d or at most 31 less", seen, skipped, length, want)
	}
	s.Reset()
	if seen, skipped = s.Bytes(); seen != uint64(length) || skipped != want {
		t.Fatalf("after Reset seen %d, skipped %d; want %d, %d", seen, skipped, length, want)
	}
}

// always returns a cutter of equal pieces, anyhow one of pieces of any size.
func always(n int) func() int { return func() int { return n } }

func anyhow(seed uint64) func() int {
	rnd := rand.New(rand.NewPCG(seed, 11))
	return func() int {
		if rnd.IntN(4) == 0 {
			return 1 + rnd.IntN(readSize)
		}
		return 1 + rnd.IntN(70)
	}
}
