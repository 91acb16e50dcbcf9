package vlp

import "testing"

// TestOldProcessor decodes as a processor without SSE4.2 does.
func TestOldProcessor(t *testing.T) {
	had, old := hasCRC32, tables
	defer func() { hasCRC32, tables = had, old }()
	hasCRC32, tables = false, makeTables()
	wire := Append(nil, &Frame{PID: 2, Nonce: 1})
	if got, want := stored((*[Size]byte)(wire)), bitwiseCRC(wire[:atCRC]); got != want {
		t.Errorf("checksum %08x, want %08x", got, want)
	}
}
