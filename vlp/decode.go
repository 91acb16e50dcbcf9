package vlp

import "encoding/binary"

// Decode judges the frame in b by the protocol's rules, in their order, and
// returns the first that it breaks. *f is written only if the result is None.
func Decode(b *[Size]byte, f *Frame) Fault {
	if b[0] != magic0 || b[1] != magic1 {
		return BadMagic
	}
	if b[atVersion] != version {
		return BadVersion
	}
	if !intact(b) {
		return BadCRC
	}
	return judge(b, f)
}

// intact reports whether the checksum in b is that of the bytes before it.
func intact(b *[Size]byte) bool {
	return checksum((*[atCRC]byte)(b[:])) == stored(b)
}

func stored(b *[Size]byte) uint32 { return binary.LittleEndian.Uint32(b[atCRC:]) }

// judge is what Decode does after the checksum.
func judge(b *[Size]byte, f *Frame) Fault {
	status := Status(b[atStatus])
	pid := binary.LittleEndian.Uint32(b[atPID:])
	timestamp := binary.LittleEndian.Uint64(b[atTimestamp:])
	nonce := binary.LittleEndian.Uint64(b[atNonce:])
	switch {
	case status > Stall:
		return BadStatus
	case status == Stall:
		return StallOnWire
	case pid <= 1:
		return BadPID
	case timestamp == ^uint64(0):
		return BadTimestamp
	case nonce == Terminal && status != Critical:
		return BadNonce
	}
	f.Timestamp = timestamp
	f.Nonce = nonce
	f.PID = pid
	f.Payload = binary.LittleEndian.Uint32(b[atPayload:])
	f.Status = status
	return None
}
