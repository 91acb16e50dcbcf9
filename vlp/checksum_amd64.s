#include "textflag.h"

// func cpuid1() (ecx uint32)
TEXT ·cpuid1(SB), NOSPLIT, $0-4
	MOVL $1, AX
	XORL CX, CX
	CPUID
	MOVL CX, ecx+0(FP)
	RET

// func crc28(b *[28]byte) uint32
TEXT ·crc28(SB), NOSPLIT, $0-12
	MOVQ   b+0(FP), SI
	MOVL   $-1, AX
	CRC32Q (SI), AX
	CRC32Q 8(SI), AX
	CRC32Q 16(SI), AX
	CRC32L 24(SI), AX
	NOTL   AX
	MOVL   AX, ret+8(FP)
	RET
