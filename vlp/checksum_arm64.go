package vlp

import "hash/crc32"

// The library uses the processor's CRC32C instruction where there is one.
var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum is the CRC-32C of the bytes that a frame's checksum covers.
func checksum(b *[atCRC]byte) uint32 { return crc32.Checksum(b[:], castagnoli) }
