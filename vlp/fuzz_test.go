package vlp

import (
	"bytes"
	"testing"
)

// FuzzDecode: what is accepted encodes to the same bytes, no bit of it can turn
// over unseen, and what is refused breaks the rule that is named.
func FuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte) {
		var b [Size]byte
		copy(b[:], in)
		var got Frame
		ft := Decode(&b, &got)
		if want, frame := oracleDecode(b[:]); ft != want || got != frame {
			t.Fatalf("%x: %s %+v, want %s %+v", b, ft.Label(), got, want.Label(), frame)
		}
		if ft != None {
			if text := string(Explain(&b, ft).Append(nil)); text == "" || text == "None" {
				t.Fatalf("%x refused as %q", b, text)
			}
			return
		}
		if again := Append(nil, &got); !bytes.Equal(again, b[:]) {
			t.Fatalf("%x encodes to %x", b, again)
		}
		for bit := range Size * 8 {
			flipped := b
			flipped[bit/8] ^= 1 << (bit % 8)
			if other := got; Decode(&flipped, &other) == None {
				t.Fatalf("%x with bit %d turned over is accepted", b, bit)
			}
		}
	})
}

// oracleDecode is the order of vlp's rules once more, in other words.
func oracleDecode(b []byte) (Fault, Frame) {
	if !bytes.HasPrefix(b, []byte("VA")) {
		return BadMagic, Frame{}
	}
	if b[2] != 2 {
		return BadVersion, Frame{}
	}
	if all, badCRC := oracle(b); badCRC == 0 {
		return all[0].fault, all[0].frame
	}
	return BadCRC, Frame{}
}

// FuzzScanner: any stream in any pieces gives what the slow scanner finds. In
// the stream 0xff stands for a whole good frame, and 0xfe for the bytes that
// make the 28 before them right, for a fuzzer cannot guess a checksum.
func FuzzScanner(f *testing.F) {
	f.Fuzz(func(t *testing.T, in []byte, cut uint16) {
		if len(in) > 1<<14 {
			return
		}
		var stream []byte
		for n, c := range in {
			switch {
			case c == 0xff:
				stream = append(stream, wire(uint64(n))...)
			case c == 0xfe && len(stream) >= atCRC:
				sum := bitwiseCRC(stream[len(stream)-atCRC:])
				stream = append(stream, byte(sum), byte(sum>>8), byte(sum>>16), byte(sum>>24))
			default:
				stream = append(stream, c)
			}
		}
		next := always(int(cut))
		if cut > readSize {
			next = anyhow(uint64(cut))
		}
		compare(t, stream, next)
	})
}
