package vlp

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// wire is the n-th frame of a well-behaved device.
func wire(n uint64) []byte {
	return Append(nil, &Frame{PID: 7, Nonce: n, Timestamp: n * 1e9, Payload: uint32(n) * 0x01000193})
}

// version1 is a frame as the protocol's first version had it.
func version1() []byte {
	b := wire(1)
	b[atVersion] = 1
	sum := bitwiseCRC(b[:atCRC])
	return append(b[:atCRC], byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
}

// TestScannerCases are streams whose results can be told by hand.
func TestScannerCases(t *testing.T) {
	stall := Append(nil, &Frame{PID: 7, Status: Stall})
	pid1 := Append(nil, &Frame{PID: 1})
	other := patch(version1(), atVersion, 3)
	damaged := patch(wire(9), 20, 0xff)
	inside := Append(nil, &Frame{PID: 7, Payload: 'V' | 'A'<<8 | version<<16})
	cat := func(parts ...[]byte) []byte { return slices.Concat(parts...) }
	for _, c := range []struct {
		name   string
		stream []byte
		want   []Fault
		badCRC uint64
	}{
		{"nothing", nil, nil, 0},
		{"one", wire(1), []Fault{None}, 0},
		{"three", cat(wire(1), wire(2), wire(3)), []Fault{None, None, None}, 0},
		{"one byte short", wire(1)[:31], nil, 0},
		{"garbage between", cat([]byte("boot"), wire(1), []byte("\x00V"), wire(2), []byte("VA")), []Fault{None, None}, 0},
		{"refused is stepped over", cat(stall, wire(1), pid1, wire(2)), []Fault{StallOnWire, None, BadPID, None}, 0},
		{"version 1", cat(version1(), wire(1)), []Fault{BadVersion, None}, 0},
		{"version 1, damaged", cat(patch(version1(), 9, 9), wire(1)), []Fault{None}, 0},
		{"version 3", cat(other, wire(1)), []Fault{None}, 0},
		{"damaged", cat(damaged, wire(1)), []Fault{None}, 1},
		{"begun twice", cat(wire(1)[:17], wire(2)), []Fault{None}, 1},
		{"begun at every length", begunAtEveryLength(), []Fault{None}, 29},
		{"a head inside", cat(inside, inside), []Fault{None, None}, 0},
		{"a head inside damaged", cat(patch(inside, 5, 1), wire(1)), []Fault{None}, 2},
		{"all V", bytes.Repeat([]byte("V"), 100), nil, 0},
		{"VAVA", bytes.Repeat([]byte("VA"), 50), nil, 0},
		{"heads only", bytes.Repeat([]byte("VA\x02"), 20), nil, 10},
	} {
		for _, size := range []int{1, 3, 31, 32, 33, readSize} {
			s := NewScanner()
			var got []Fault
			for _, r := range feed(t, s, c.stream, always(size)) {
				got = append(got, r.fault)
			}
			if !slices.Equal(got, c.want) || s.Faults()[BadCRC] != c.badCRC {
				t.Errorf("%s, reads of %d: %v and %d with a bad CRC, want %v and %d",
					c.name, size, got, s.Faults()[BadCRC], c.want, c.badCRC)
			}
			compare(t, c.stream, always(size))
		}
	}
}

// begunAtEveryLength is a device that resets while it sends, 31 times in a row,
// and then gets a frame out. The first two heads lack their version.
func begunAtEveryLength() (stream []byte) {
	for n := 1; n < Size; n++ {
		stream = append(stream, wire(1)[:n]...)
	}
	return append(stream, wire(2)...)
}

// TestAtOnce: a frame is there with its last byte, whatever came before it.
func TestAtOnce(t *testing.T) {
	for garbage := range 200 {
		s := NewScanner()
		var f Frame
		for i, c := range append(bytes.Repeat([]byte("VA\x02"), 67)[:garbage], wire(5)...) {
			s.Space()[0] = c
			s.Wrote(1)
			ft, ok := s.Next(&f)
			if want := i == garbage+31; ok != want || ft != None {
				t.Fatalf("after %d bytes of garbage and %d of the frame: %v %s, want %v", garbage, i+1-garbage, ok, ft.Label(), want)
			}
		}
		if f.Nonce != 5 {
			t.Errorf("nonce %d, want 5", f.Nonce)
		}
	}
}

func TestReset(t *testing.T) {
	s := NewScanner()
	all := feed(t, s, slices.Concat(wire(1), wire(2)[:20]), always(readSize))
	s.Reset()
	all = append(all, feed(t, s, slices.Concat(wire(2)[20:], wire(3)), always(readSize))...)
	if len(all) != 2 || all[0].frame.Nonce != 1 || all[1].frame.Nonce != 3 {
		t.Errorf("frames %+v, want 1 and 3: halves from two streams are not one frame", all)
	}
	if seen, skipped := s.Bytes(); seen != 3*Size || skipped != Size {
		t.Errorf("seen %d, skipped %d, want 96 and 32", seen, skipped)
	}
}

func TestNoise(t *testing.T) {
	s := NewScanner()
	if got := s.Noise(); got != (Rejection{}) {
		t.Errorf("before any byte: %+v, want none", got)
	}
	for n := range byte(3) {
		bad := patch(wire(1), atPayload, n+200)
		feed(t, s, bad, always(readSize))
		if got, want := s.Noise(), Explain((*[Size]byte)(bad), BadCRC); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	feed(t, s, wire(1), always(readSize))
	feed(t, s, patch(version1(), 9, 9), always(readSize))
	if want := Explain((*[Size]byte)(patch(wire(1), atPayload, 202)), BadCRC); s.Noise() != want {
		t.Errorf("got %+v, want %+v: good frames and other versions change nothing", s.Noise(), want)
	}
}

// TestSpace keeps the promise of room for a whole read in every state.
func TestSpace(t *testing.T) {
	for _, st := range streams() {
		s, data, cut := NewScanner(), st.data[:1<<16], anyhow(9)
		var f Frame
		for len(data) > 0 {
			if n := len(s.Space()); n < readSize {
				t.Fatalf("%s: room for %d bytes, want %d", st.name, n, readSize)
			}
			n := copy(s.Space(), data[:min(cut(), len(data))])
			s.Wrote(n)
			data = data[n:]
			for _, ok := s.Next(&f); ok; _, ok = s.Next(&f) {
			}
		}
	}
}

func TestMisuse(t *testing.T) {
	for name, misuse := range map[string]func(*Scanner){
		"negative":    func(s *Scanner) { s.Wrote(-1) },
		"too much":    func(s *Scanner) { s.Wrote(len(s.Space()) + 1) },
		"not drained": func(s *Scanner) { s.Wrote(len(s.Space())); s.Space() },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			misuse(NewScanner())
		}()
	}
}

func TestScannerAllocatesNothing(t *testing.T) {
	for _, st := range streams() {
		s := NewScanner()
		var f Frame
		if n := testing.AllocsPerRun(3, func() { scanAll(s, &f, st.data[:1<<14], 33) }); n != 0 {
			t.Errorf("%s: %v allocations, want 0", st.name, n)
		}
	}
}

// TestAnyCut: how a stream is cut changes no result.
func TestAnyCut(t *testing.T) {
	for _, st := range streams() {
		for _, size := range []int{1, 8, 31, 32, 33, 64, 4095} {
			t.Run(fmt.Sprintf("%s/%d", st.name, size), func(t *testing.T) {
				compare(t, st.data[:1<<14], always(size))
			})
		}
		compare(t, st.data[:1<<15], anyhow(3))
	}
}
