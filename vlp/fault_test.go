package vlp

import (
	"math"
	"slices"
	"testing"
)

// TestRejections pins the words of column 6, which parsers of the log know.
func TestRejections(t *testing.T) {
	ok := Frame{PID: 2, Nonce: 1}
	edit := func(change func(*Frame)) []byte {
		f := ok
		change(&f)
		return Append(nil, &f)
	}
	wire := Append(nil, &ok)
	for _, c := range []struct {
		b     []byte
		fault Fault
		label string
		text  string
	}{
		{patch(wire, 0, 'v'), BadMagic, "bad_magic", "BadMagic"},
		{patch(wire, 1, 'a'), BadMagic, "bad_magic", "BadMagic"},
		{patch(wire, 2, 1), BadVersion, "bad_version", "BadVersion"},
		{patch(wire, 24, 1), BadCRC, "bad_crc", "BadCrc { expected: 1999551324, actual: 2859143652 }"},
		{edit(func(f *Frame) { f.Status = 9 }), BadStatus, "bad_status", "BadStatus(9)"},
		{edit(func(f *Frame) { f.Status = 4 }), BadStatus, "bad_status", "BadStatus(4)"},
		{edit(func(f *Frame) { f.Status = Stall }), StallOnWire, "stall_on_wire", "StallOnWire"},
		{edit(func(f *Frame) { f.PID = 0 }), BadPID, "bad_pid", "BadPid(0)"},
		{edit(func(f *Frame) { f.PID = 1 }), BadPID, "bad_pid", "BadPid(1)"},
		{edit(func(f *Frame) { f.Timestamp = math.MaxUint64 }), BadTimestamp, "bad_timestamp", "BadTimestamp(18446744073709551615)"},
		{edit(func(f *Frame) { f.Nonce = Terminal }), BadNonce, "bad_nonce", "BadNonce { nonce: 18446744073709551615, status: Ok }"},
		{edit(func(f *Frame) { f.Nonce, f.Status = Terminal, Degraded }), BadNonce, "bad_nonce", "BadNonce { nonce: 18446744073709551615, status: Degraded }"},
	} {
		b, f := (*[Size]byte)(c.b), Frame{}
		got := Decode(b, &f)
		if got != c.fault || got.Label() != c.label {
			t.Errorf("%x: fault %s, want %s", c.b, got.Label(), c.label)
		}
		if text := string(Explain(b, got).Append([]byte("x\t"))); text != "x\t"+c.text {
			t.Errorf("%x: %q, want %q", c.b, text, c.text)
		}
	}
}

func patch(wire []byte, at int, v byte) []byte {
	b := slices.Clone(wire)
	b[at] = v
	return b
}

// TestLegalEdges are frames just inside the rules.
func TestLegalEdges(t *testing.T) {
	for _, want := range []Frame{
		{PID: 2},
		{PID: math.MaxUint32, Payload: math.MaxUint32, Timestamp: math.MaxUint64 - 1, Nonce: Terminal - 1},
		{PID: 2, Nonce: Terminal, Status: Critical},
		{PID: 2, Nonce: 5, Status: Critical},
		{PID: 2, Status: Degraded},
	} {
		var got Frame
		if ft := Decode((*[Size]byte)(Append(nil, &want)), &got); ft != None || got != want {
			t.Errorf("%+v: decoded as %s %+v", want, ft.Label(), got)
		}
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for ft := range Faults {
		if l := ft.Label(); l == "" || seen[l] {
			t.Errorf("fault %d has the label %q, want one of its own", ft, l)
		} else {
			seen[l] = true
		}
	}
	for s, want := range map[Status]string{OK: "ok", Degraded: "degraded", Critical: "critical", Stall: "stall", 4: "unknown"} {
		if s.String() != want {
			t.Errorf("status %d is called %q, want %q", uint8(s), s, want)
		}
	}
}

func TestDecodeAllocatesNothing(t *testing.T) {
	var f Frame
	line := make([]byte, 0, 256)
	wire := make([]byte, 0, Size)
	n := testing.AllocsPerRun(1000, func() {
		wire = Append(wire[:0], &Frame{PID: 1, Nonce: Terminal, Status: Critical})
		b := (*[Size]byte)(wire)
		line = Explain(b, Decode(b, &f)).Append(line[:0])
	})
	if n != 0 {
		t.Errorf("%v allocations, want 0", n)
	}
}
