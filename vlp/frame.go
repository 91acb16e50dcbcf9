// Package vlp knows what the 32 bytes of a heartbeat mean and where such a
// frame starts in a stream of bytes.
//
// The Varta Lifeline Protocol, version 2, all integers little-endian:
//
//	 0     2  3  4      8           16          24       28     32
//	+-----+--+--+------+-----------+-----------+--------+------+
//	| V A | 2|st| pid  | timestamp |   nonce   | payload|  crc |
//	+-----+--+--+------+-----------+-----------+--------+------+
//
// st is the status, crc the CRC-32C (Castagnoli) of the 28 bytes before it.
//
// Decode judges one datagram and gives a plain value, or a Fault: a small
// number that says which rule the frame broke first. Scanner finds frames in
// serial bytes, where they may be damaged and nothing marks their start.
// Explain tells people what a refused frame said, in the words that the event
// log of varta-watch 0.2.0 uses.
//
// Nothing here allocates after NewScanner, reads a clock or does I/O. Whether
// a nonce is fresh and whose pid it is are questions for others: this package
// remembers no frame. Sealed frames are not opened here.
package vlp

import "encoding/binary"

// Size is the length of a frame in bytes.
const Size = 32

// Terminal is the nonce of an agent's last frame, sent when it panics. It is
// legal with status Critical only.
const Terminal = ^uint64(0)

// Where the fields of a frame start.
const (
	atVersion   = 2
	atStatus    = 3
	atPID       = 4
	atTimestamp = 8
	atNonce     = 16
	atPayload   = 24
	atCRC       = 28
)

// What a frame starts with.
const (
	magic0  = 'V'
	magic1  = 'A'
	version = 2

	headSize = 3
)

// Status is what an agent says about itself.
type Status uint8

// Stall is the observer's own word for a silent agent; no frame may carry it.
const (
	OK Status = iota
	Degraded
	Critical
	Stall
)

var statusNames = [...]string{"ok", "degraded", "critical", "stall"}

// String returns the word that logs and metrics use.
func (s Status) String() string {
	if int(s) < len(statusNames) {
		return statusNames[s]
	}
	return "unknown"
}

// Frame is a heartbeat, decoded.
type Frame struct {
	Timestamp uint64 // ns since the agent connected, by its own clock
	Nonce     uint64 // rises with every beat of a session
	PID       uint32 // process id, or a device's id on its line
	Payload   uint32 // the agent's own
	Status    Status
}

// Append encodes f and appends it to dst. It judges nothing, so that tests and
// tools can make illegal frames.
func Append(dst []byte, f *Frame) []byte {
	start := len(dst)
	dst = append(dst, magic0, magic1, version, byte(f.Status))
	dst = binary.LittleEndian.AppendUint32(dst, f.PID)
	dst = binary.LittleEndian.AppendUint64(dst, f.Timestamp)
	dst = binary.LittleEndian.AppendUint64(dst, f.Nonce)
	dst = binary.LittleEndian.AppendUint32(dst, f.Payload)
	return binary.LittleEndian.AppendUint32(dst, checksum((*[atCRC]byte)(dst[start:])))
}
