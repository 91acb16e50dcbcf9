package event

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"vlpd/vlp"
)

var update = flag.Bool("update", false, "write testdata/rows.golden anew")

// A record is 40 bytes on every target, or this does not compile.
var _ [40]byte = [unsafe.Sizeof(Record{})]byte{}

const (
	onSocket = iota
	onLine
)

var format = Format{
	Names:   []string{onSocket: "", onLine: "rs485-a"},
	BootID:  "4b8f6a52-6f0d-4a44-9f6e-0d4c8a1c4d11",
	Version: "1.2.3",
}

// samples holds every kind at least once, and every code.
var samples = []Record{
	{At: 0, Kind: Start, ID: 411, Value: 1764000000123456789},
	{At: 81574974, Kind: Beat, ID: 23734, Nonce: 1, Value: 7},
	{At: 110184130, Kind: Beat, ID: 23734, Nonce: 2, Status: 1, Value: 4294967295},
	{At: 141749523, Kind: Beat, ID: 23734, Nonce: 1<<64 - 1, Status: 2},
	{At: 150000000, Kind: Beat, ID: 17, Source: onLine, Nonce: 9, Value: 3},
	{At: 765511232, Kind: Stall, ID: 23734, Nonce: 11, Status: 3, Value: 623761709},
	{At: 765511233, Kind: Stall, ID: 17, Source: onLine, Nonce: 9, Status: 3, Value: 615511233},
	DecodeRecord(416834563, onSocket, vlp.Rejection{Fault: vlp.BadCRC, Computed: 1848517079, Stored: 1848517078}),
	DecodeRecord(447132999, onSocket, vlp.Rejection{Fault: vlp.BadStatus, Value: 9}),
	DecodeRecord(477404685, onSocket, vlp.Rejection{Fault: vlp.StallOnWire, Value: 3}),
	DecodeRecord(598534698, onSocket, vlp.Rejection{Fault: vlp.BadNonce, Value: 1<<64 - 1, Stored: 0}),
	DecodeRecord(598534699, onLine, vlp.Rejection{Fault: vlp.BadNonce, Value: 1<<64 - 1, Stored: 1}),
	DecodeRecord(598534700, onSocket, vlp.Rejection{Fault: vlp.BadMagic}),
	DecodeRecord(598534701, onSocket, vlp.Rejection{Fault: vlp.BadVersion}),
	DecodeRecord(598534702, onSocket, vlp.Rejection{Fault: vlp.BadPID, Value: 1}),
	DecodeRecord(598534703, onLine, vlp.Rejection{Fault: vlp.BadTimestamp, Value: 1<<64 - 1}),
	{At: 598534704, Source: onSocket, Kind: Decode, Code: FaultOversize},
	{At: 598534705, Kind: Decode, Source: onLine, Code: FaultUndecryptable},
	{At: 91473602, Kind: IO, Code: IOForeignUID, Nonce: 65534, Value: 0},
	{At: 91473603, Kind: IO, Code: IONoCredentials},
	{At: 91473604, Kind: IO, Code: uint16(syscall.ENOBUFS)},
	{At: 91473605, Kind: IO, Source: onLine, Code: uint16(syscall.EIO)},
	{At: 294333759, Kind: Mismatch, ID: 23735, Code: MismatchAuth},
	{At: 1773903714, Kind: Mismatch, ID: 21851, Code: MismatchOrigin},
	{At: 1773903715, Kind: Mismatch, ID: 3309, Code: MismatchNamespace},
	{At: 659247025, Kind: CTrunc},
	{At: 805707795, Kind: Eviction, ID: 30269},
	{At: 805707796, Kind: Eviction, ID: 18, Source: onLine},
	{At: 900000000, Kind: Clock, Value: 1764000900000000000},
	{At: 910000000, Kind: Recovered, ID: 23734, Nonce: 12, Status: 2, Value: 144488768},
	{At: 910000001, Kind: Session, ID: 17, Source: onLine, Nonce: 1, Value: 4711},
	{At: 910000002, Kind: Exit, ID: 23734, Nonce: 12, Status: 2},
	{At: 920000000, Kind: Line, Source: onLine, Status: 1, Code: LineOpened},
	{At: 920000001, Kind: Line, Source: onLine, Status: 1, Code: LineReplaced},
	{At: 920000002, Kind: Line, Source: onLine, Code: LineHangup},
	{At: 920000003, Kind: Line, Source: onLine, Code: LineMissing},
	{At: 920000004, Kind: Line, Source: onLine, Code: uint16(syscall.ENOTTY)},
	{At: 920000005, Kind: Line, Source: onLine, Code: 0xfff},
	{At: 920000006, Kind: Line, Source: onLine, Status: 1, Code: LineRestored},
	{At: 930000000, Kind: Lost, Value: 128, Code: LostRing},
	{At: 930000001, Kind: Lost, Value: 18446744073709551615, Code: LostDisk},
	{At: 930000002, Kind: Lost, Value: 1000, Code: LostBudget},
	{At: 940000000, Kind: Stop, ID: 411, Code: uint16(syscall.SIGTERM)},
	{At: 940000001, Kind: Stop, ID: 411, Code: uint16(syscall.SIGINT)},
	{At: 940000002, Kind: Stop, ID: 411, Code: StopAfterSecs},
}

func TestRowsAreGolden(t *testing.T) {
	var got []byte
	seen := Set(0)
	for i := range samples {
		got = format.Append(got, &samples[i])
		seen = seen.With(samples[i].Kind)
	}
	if want := Set(1<<Kinds - 1); seen != want {
		t.Fatalf("samples hold kinds %v, want all of %v", seen, want)
	}
	const path = "testdata/rows.golden"
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range bytes.SplitAfter(want, []byte("\n")) {
		if !bytes.HasPrefix(got, line) {
			t.Fatalf("row %d differs:\n got %.120q\nwant %q", i, got, line)
		}
		got = got[len(line):]
	}
	if len(got) != 0 {
		t.Fatalf("rows past the golden ones: %q", got)
	}
}

// Whatever stands in a record, its row is one line of six columns.
func FuzzRowShape(f *testing.F) {
	f.Add(int64(-1), uint64(1)<<63, ^uint64(0), ^uint32(0), uint16(7), uint8(200), uint8(9), uint16(0x1fff))
	f.Add(int64(5), uint64(3), uint64(4), uint32(5), uint16(onLine), uint8(Decode), uint8(3), uint16(vlp.Faults))
	f.Fuzz(func(t *testing.T, at int64, nonce, value uint64, id uint32, source uint16, kind, status uint8, code uint16) {
		r := Record{At: at, Nonce: nonce, Value: value, ID: id, Source: source, Kind: Kind(kind), Status: status, Code: code}
		row := string(format.Append(nil, &r))
		if strings.Count(row, "\t") != 5 || strings.IndexByte(row, '\n') != len(row)-1 {
			t.Fatalf("%+v became %q", r, row)
		}
		for i, column := range strings.Split(row[:len(row)-1], "\t") {
			if column == "" {
				t.Fatalf("%+v: column %d of %q is empty", r, i+1, row)
			}
		}
	})
}

func TestAppendAllocatesNothing(t *testing.T) {
	dst := make([]byte, 0, 256)
	for i := range samples {
		r := &samples[i]
		if n := testing.AllocsPerRun(100, func() { dst = format.Append(dst[:0], r) }); n != 0 {
			t.Errorf("%v row: %v allocations", r.Kind, n)
		}
	}
}

func BenchmarkAppendBeat(b *testing.B) {
	rows := Rows{Format: &format}
	dst := make([]byte, 0, 256)
	for name, r := range map[string]Record{
		"socket": {At: 86_400_123_456_789, Kind: Beat, ID: 23734, Nonce: 864001, Value: 42},
		"serial": {At: 86_400_123_456_789, Kind: Beat, ID: 17, Source: onLine, Nonce: 864001, Value: 42},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				dst = rows.Append(dst[:0], &r)
			}
			b.SetBytes(int64(len(dst)))
		})
	}
}

// TestRowsAsFormat: the cached digits never show, whatever the order of times.
func TestRowsAsFormat(t *testing.T) {
	format := Format{Names: []string{"", "bus"}}
	w := Rows{Format: &format}
	for _, at := range []int64{0, 0, 7, 7, 123456789, 7, 0, 1 << 60, 1 << 60, -5} {
		for kind := Beat; kind < Kinds; kind++ {
			r := Record{At: at, Kind: kind, ID: 77, Nonce: uint64(at), Value: 3, Source: uint16(kind) % 2}
			if got, want := string(w.Append(nil, &r)), string(format.Append(nil, &r)); got != want {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		}
	}
}
