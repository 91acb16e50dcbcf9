package event

import (
	"strconv"

	"vlpd/vlp"
)

// Format turns records into rows. It is read only, so any number of goroutines
// may share it.
type Format struct {
	// Names are those of the sources by index: "" for a local socket, whose
	// agents are called by their pid alone, the line's name for a serial line.
	Names []string
	// BootID and Version are what start rows say of the machine and of us.
	// Neither may hold a tab or a line feed.
	BootID, Version string
}

// Append appends r as one row: six columns with tabs between, and a line feed.
//
//	observer_ns  kind  who  nonce  status  payload
//
// A column that the kind has no use for is a dash. It allocates nothing beyond
// what dst lacks.
func (f *Format) Append(dst []byte, r *Record) []byte {
	dst = strconv.AppendInt(dst, r.At, 10)
	dst = append(dst, '\t')
	dst = append(dst, r.Kind.String()...)
	dst = f.appendWho(append(dst, '\t'), r)
	dst = appendNonce(append(dst, '\t'), r)
	dst = appendStatus(append(dst, '\t'), r)
	dst = f.AppendPayload(append(dst, '\t'), r)
	return append(dst, '\n')
}

// appendWho appends column 3: an agent by pid or NAME/ID, ourselves by pid,
// else the line, if it is one.
func (f *Format) appendWho(dst []byte, r *Record) []byte {
	switch r.Kind {
	case Start, Stop:
		return strconv.AppendUint(dst, uint64(r.ID), 10)
	case Clock, Lost:
		return append(dst, '-')
	case Line, Decode, IO, CTrunc:
		if name := f.name(r.Source); name != "" {
			return append(dst, name...)
		}
		return append(dst, '-')
	}
	return f.AppendAgent(dst, r.Source, r.ID)
}

// AppendAgent appends what column 3 calls the agent id of a source: its bare
// pid only where that is a process of this machine.
func (f *Format) AppendAgent(dst []byte, source uint16, id uint32) []byte {
	if name := f.name(source); name != "" {
		dst = append(dst, name...)
		dst = append(dst, '/')
	}
	return strconv.AppendUint(dst, uint64(id), 10)
}

func (f *Format) name(source uint16) string {
	if int(source) < len(f.Names) {
		return f.Names[source]
	}
	return ""
}

// appendNonce appends column 4.
func appendNonce(dst []byte, r *Record) []byte {
	switch r.Kind {
	case Beat, Stall, Recovered, Session, Exit:
		return strconv.AppendUint(dst, r.Nonce, 10)
	}
	return append(dst, '-')
}

// appendStatus appends column 5.
func appendStatus(dst []byte, r *Record) []byte {
	switch r.Kind {
	case Beat, Recovered, Session, Exit:
		return append(dst, vlp.Status(r.Status).String()...)
	case Stall:
		return append(dst, vlp.Stall.String()...)
	case Line:
		if r.Status == 1 {
			return append(dst, "up"...)
		}
		return append(dst, "down"...)
	}
	return append(dst, '-')
}
