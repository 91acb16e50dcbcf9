package vlp

import "encoding/binary"

// crcTables advance a CRC-32C by four bytes with four independent look-ups
// ("slicing-by-4": Kounavis and Berry, A Systematic Approach to Building High
// Performance Software-Based CRC Generators, 2005). Table k holds what a byte
// contributes once k more bytes have gone by.
type crcTables [4][256]uint32

// castagnoliReversed is the CRC-32C polynomial with the lowest power first.
const castagnoliReversed = 0x82f63b78

func makeTables() *crcTables {
	t := new(crcTables)
	for i := range t[0] {
		c := uint32(i)
		for range 8 {
			c = c>>1 ^ castagnoliReversed&-(c&1)
		}
		t[0][i] = c
	}
	for k := 1; k < len(t); k++ {
		for i, c := range t[k-1] {
			t[k][i] = c>>8 ^ t[0][byte(c)]
		}
	}
	return t
}

func (t *crcTables) checksum(b *[atCRC]byte) uint32 {
	c := ^uint32(0)
	for p := b[:]; len(p) >= 4; p = p[4:] {
		c ^= binary.LittleEndian.Uint32(p)
		c = t[3][byte(c)] ^ t[2][byte(c>>8)] ^ t[1][byte(c>>16)] ^ t[0][c>>24]
	}
	return ^c
}
