package vlp

import (
	"encoding/binary"
	"strconv"
)

// Fault says why a frame was refused; None says that it was not.
type Fault uint8

// The faults, in the order in which a frame is judged.
const (
	None Fault = iota
	BadMagic
	BadVersion
	BadCRC
	BadStatus
	StallOnWire
	BadPID
	BadTimestamp
	BadNonce
	Faults // how many values there are, None included
)

// words are how a fault is called: label in metrics, name in the event log of
// varta-watch 0.2.0, there followed by what the frame said.
var words = [Faults]struct{ label, name string }{
	None:         {"none", "None"},
	BadMagic:     {"bad_magic", "BadMagic"},
	BadVersion:   {"bad_version", "BadVersion"},
	BadCRC:       {"bad_crc", "BadCrc"},
	BadStatus:    {"bad_status", "BadStatus"},
	StallOnWire:  {"stall_on_wire", "StallOnWire"},
	BadPID:       {"bad_pid", "BadPid"},
	BadTimestamp: {"bad_timestamp", "BadTimestamp"},
	BadNonce:     {"bad_nonce", "BadNonce"},
}

// Label returns the value of the metric label "kind".
func (ft Fault) Label() string { return words[ft].label }

// Rejection is a fault and what the refused frame said; all that a log row needs.
type Rejection struct {
	Fault    Fault
	Value    uint64 // the offending status, pid, timestamp or nonce
	Stored   uint32 // BadCRC: the checksum in the frame; BadNonce: its status
	Computed uint32 // BadCRC: the checksum its bytes have
}

// Explain reads from b what a log row says about its refusal as ft.
func Explain(b *[Size]byte, ft Fault) Rejection {
	r := Rejection{Fault: ft}
	switch ft {
	case BadCRC:
		r.Stored = binary.LittleEndian.Uint32(b[atCRC:])
		r.Computed = checksum((*[atCRC]byte)(b[:]))
	case BadStatus, StallOnWire:
		r.Value = uint64(b[atStatus])
	case BadPID:
		r.Value = uint64(binary.LittleEndian.Uint32(b[atPID:]))
	case BadTimestamp:
		r.Value = binary.LittleEndian.Uint64(b[atTimestamp:])
	case BadNonce:
		r.Value = binary.LittleEndian.Uint64(b[atNonce:])
		r.Stored = uint32(b[atStatus])
	}
	return r
}

// Append appends the rejection as column 6 of the event log has it, as in
// "BadCrc { expected: 7, actual: 9 }", where expected is the computed one.
func (r Rejection) Append(dst []byte) []byte {
	dst = add(dst, words[r.Fault].name)
	switch r.Fault {
	case BadCRC:
		dst = strconv.AppendUint(add(dst, " { expected: "), uint64(r.Computed), 10)
		dst = strconv.AppendUint(add(dst, ", actual: "), uint64(r.Stored), 10)
		dst = add(dst, " }")
	case BadStatus, BadPID, BadTimestamp:
		dst = strconv.AppendUint(append(dst, '('), r.Value, 10)
		dst = append(dst, ')')
	case BadNonce:
		dst = strconv.AppendUint(add(dst, " { nonce: "), r.Value, 10)
		dst = add(add(dst, ", status: "), logStatus(r.Stored))
		dst = add(dst, " }")
	}
	return dst
}

// logStatus spells a status as rejections do, unlike Status.String.
func logStatus(s uint32) string {
	return [...]string{"Ok", "Degraded", "Critical", "Stall"}[s&3]
}

// add keeps the code small: append is copied to each place that uses it.
//
//go:noinline
func add(dst []byte, s string) []byte { return append(dst, s...) }
