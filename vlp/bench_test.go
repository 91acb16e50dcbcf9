package vlp

import "testing"

// sink keeps results alive.
var sink uint32

// BenchmarkDecode is one good frame out of a batch, as the socket gives them.
func BenchmarkDecode(b *testing.B) {
	var slots [64][Size]byte
	for i := range slots {
		Append(slots[i][:0], &Frame{PID: uint32(i) + 2, Nonce: uint64(i), Timestamp: 1e9, Payload: 7})
	}
	var f Frame
	b.ReportAllocs()
	for i := range b.N {
		if ft := Decode(&slots[i%64], &f); ft != None {
			b.Fatal(ft.Label())
		}
	}
}

// BenchmarkChecksum compares this host's way with the tables of the others.
func BenchmarkChecksum(b *testing.B) {
	var v [atCRC]byte
	t := makeTables()
	b.Run("host", func(b *testing.B) {
		for range b.N {
			sink += checksum(&v)
		}
	})
	b.Run("tables", func(b *testing.B) {
		for range b.N {
			sink += t.checksum(&v)
		}
	})
}
