package vlp

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

// bitwiseCRC is CRC-32C by its definition.
func bitwiseCRC(b []byte) uint32 {
	c := ^uint32(0)
	for _, v := range b {
		c ^= uint32(v)
		for range 8 {
			if c&1 != 0 {
				c = c>>1 ^ 0x82f63b78
			} else {
				c >>= 1
			}
		}
	}
	return ^c
}

func hexCRC(c uint32) string { return fmt.Sprintf("%08x", c) }

// TestChecksums compares all ways to the checksum, those of other hosts too,
// at every alignment.
func TestChecksums(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	library := crc32.MakeTable(crc32.Castagnoli)
	own := makeTables()
	buf := make([]byte, atCRC+16)
	for n := range 2000 {
		for i := range buf {
			buf[i] = byte(rnd.Uint32()) & -byte(n&1) // every second one is all zero
		}
		b := (*[atCRC]byte)(buf[n%16:])
		b[n%atCRC] ^= 1 << (n % 8)
		want := bitwiseCRC(b[:])
		if got := checksum(b); got != want {
			t.Fatalf("%x: this host's way %08x, want %08x", *b, got, want)
		}
		if got := own.checksum(b); got != want {
			t.Fatalf("%x: tables %08x, want %08x", *b, got, want)
		}
		if got := crc32.Checksum(b[:], library); got != want {
			t.Fatalf("%x: hash/crc32 %08x, want %08x", *b, got, want)
		}
	}
}
