package vlp

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// found is a frame in a stream, accepted or refused, and where it stood.
type found struct {
	at    int
	fault Fault
	frame Frame
}

var oracleTable = crc32.MakeTable(crc32.Castagnoli)

// oracle is the slow obvious scanner: it looks at every offset of the whole
// stream and shares no code with the quick one.
func oracle(stream []byte) (all []found, badCRC uint64) {
	for p := 0; p+32 <= len(stream); p++ {
		b := stream[p : p+32]
		if b[0] != 'V' || b[1] != 'A' || b[2] != 1 && b[2] != 2 {
			continue
		}
		if crc32.Checksum(b[:28], oracleTable) != binary.LittleEndian.Uint32(b[28:]) {
			if b[2] == 2 {
				badCRC++
			}
			continue
		}
		fault, frame := oracleJudge(b)
		all = append(all, found{p, fault, frame})
		p += 31
	}
	return all, badCRC
}

// oracleJudge applies the rules of a frame whose checksum is right.
func oracleJudge(b []byte) (Fault, Frame) {
	f := Frame{
		Status:    Status(b[3]),
		PID:       binary.LittleEndian.Uint32(b[4:8]),
		Timestamp: binary.LittleEndian.Uint64(b[8:16]),
		Nonce:     binary.LittleEndian.Uint64(b[16:24]),
		Payload:   binary.LittleEndian.Uint32(b[24:28]),
	}
	fault := None
	for _, rule := range []struct {
		broken bool
		fault  Fault
	}{
		{b[2] == 1, BadVersion},
		{b[3] > 3, BadStatus},
		{b[3] == 3, StallOnWire},
		{f.PID == 0 || f.PID == 1, BadPID},
		{f.Timestamp == math.MaxUint64, BadTimestamp},
		{f.Nonce == math.MaxUint64 && b[3] != 2, BadNonce},
	} {
		if rule.broken {
			fault = rule.fault
			break
		}
	}
	if fault != None {
		f = Frame{}
	}
	return fault, f
}
