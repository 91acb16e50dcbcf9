package event

import (
	"strconv"
	"syscall"

	"vlpd/lean"
	"vlpd/vlp"
)

// AppendPayload appends column 6.
func (f *Format) AppendPayload(dst []byte, r *Record) []byte {
	switch r.Kind {
	case Beat, Recovered, Session:
		return strconv.AppendUint(dst, r.Value, 10)
	case Decode:
		return appendDecode(dst, r)
	case IO:
		return appendIO(dst, r)
	case Mismatch:
		return lean.Add(dst, mismatchWord(r.Code))
	case CTrunc: // the original's words, which parsers may look for
		return lean.Add(dst, "ancillary data truncated by kernel (ANCILLARY_BUFFER_SIZE too small)")
	case Start:
		dst = appendWall(dst, r)
		dst = lean.Add(lean.Add(dst, ";boot="), f.BootID)
		return lean.Add(lean.Add(dst, ";version="), f.Version)
	case Stop:
		return appendStop(dst, r.Code)
	case Clock:
		return appendWall(dst, r)
	case Line:
		return appendLine(dst, r.Code)
	case Lost:
		return appendLost(dst, r)
	}
	return append(dst, '-')
}

func appendWall(dst []byte, r *Record) []byte {
	return strconv.AppendUint(lean.Add(dst, "wall="), r.Value, 10)
}

func appendIO(dst []byte, r *Record) []byte {
	switch r.Code {
	case IOForeignUID:
		dst = lean.Add(dst, "peer credential UID mismatch: kernel reports uid ")
		dst = strconv.AppendUint(dst, r.Nonce, 10)
		return strconv.AppendUint(lean.Add(dst, ", expected uid "), r.Value, 10)
	case IONoCredentials:
		return lean.Add(dst, "kernel did not attach peer credentials")
	}
	return lean.Add(dst, syscall.Errno(r.Code).Error())
}

func mismatchWord(code uint16) string {
	switch code {
	case MismatchAuth:
		return "auth_failure"
	case MismatchOrigin:
		return "origin_conflict"
	case MismatchNamespace:
		return "namespace_conflict"
	}
	return "unknown"
}

func appendStop(dst []byte, code uint16) []byte {
	switch code {
	case StopAfterSecs:
		return lean.Add(dst, "after-secs")
	case StopStrict:
		return lean.Add(dst, "strict-namespace-check")
	case uint16(syscall.SIGTERM):
		return lean.Add(dst, "SIGTERM")
	case uint16(syscall.SIGINT):
		return lean.Add(dst, "SIGINT")
	}
	return strconv.AppendUint(lean.Add(dst, "signal "), uint64(code), 10)
}

func appendLine(dst []byte, code uint16) []byte {
	switch code {
	case LineOpened:
		return lean.Add(dst, "opened")
	case LineReplaced:
		return lean.Add(dst, "replaced")
	case LineHangup:
		return lean.Add(dst, "hangup")
	case LineMissing:
		return lean.Add(dst, "missing")
	case LineRestored:
		return lean.Add(dst, "restored")
	}
	if name := errnoName(code); name != "" {
		return lean.Add(dst, name)
	}
	return strconv.AppendUint(lean.Add(dst, "errno "), uint64(code), 10)
}

func appendLost(dst []byte, r *Record) []byte {
	dst = strconv.AppendUint(dst, r.Value, 10)
	switch r.Code {
	case LostRing:
		return lean.Add(dst, " ring")
	case LostBudget:
		return lean.Add(dst, " budget")
	}
	return lean.Add(dst, " disk")
}

// DecodeRecord is the record of a frame from source that was refused at at. It
// is the only place that knows how a rejection fits into a record.
func DecodeRecord(at int64, source uint16, rej vlp.Rejection) Record {
	return Record{
		At: at, Source: source, Kind: Decode, Code: uint16(rej.Fault),
		Value: rej.Value, ID: rej.Stored, Nonce: uint64(rej.Computed),
	}
}

// appendDecode undoes DecodeRecord.
func appendDecode(dst []byte, r *Record) []byte {
	switch {
	case r.Code == FaultOversize:
		return lean.Add(dst, "oversize")
	case r.Code == FaultUndecryptable:
		return lean.Add(dst, "undecryptable")
	case r.Code >= uint16(vlp.Faults):
		return lean.Add(dst, "unknown")
	}
	return vlp.Rejection{
		Fault: vlp.Fault(r.Code), Value: r.Value, Stored: r.ID, Computed: uint32(r.Nonce),
	}.Append(dst)
}
