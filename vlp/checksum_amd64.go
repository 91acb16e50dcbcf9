package vlp

import "golang.org/x/sys/cpu"

// Processors without the CRC32 instruction (before 2008) go through tables.
var hasCRC32 = cpu.X86.HasSSE42

var tables *crcTables

func init() {
	if !hasCRC32 {
		tables = makeTables()
	}
}

// checksum is the CRC-32C of the bytes that a frame's checksum covers.
//
// hash/crc32 uses the same instruction, but its way to it is made for long
// inputs: for 28 bytes it takes twice the time of all the rest of Decode.
func checksum(b *[atCRC]byte) uint32 {
	if hasCRC32 {
		return crc28(b)
	}
	return tables.checksum(b)
}

// crc28 is in checksum_amd64.s and needs SSE4.2.
//
//go:noescape
func crc28(b *[atCRC]byte) uint32
