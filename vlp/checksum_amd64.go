package vlp

// sse42 is the bit of cpuid1 that stands for SSE4.2, of which the CRC32
// instruction is part (Intel SDM volume 2A, CPUID, leaf 01H).
const sse42 = 1 << 20

// Processors without it (before 2008) go through tables. Package x/sys/cpu
// would say the same for 6 KiB of the binary.
var hasCRC32 = cpuid1()&sse42 != 0

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

// cpuid1 is register ECX of CPUID leaf 1.
func cpuid1() (ecx uint32)

// crc28 is in checksum_amd64.s and needs SSE4.2.
//
//go:noescape
func crc28(b *[atCRC]byte) uint32
