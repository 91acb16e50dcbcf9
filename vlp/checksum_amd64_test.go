package vlp

import (
	"os"
	"strings"
	"testing"
)

// TestProcessor: the kernel reads the same bit (/proc/cpuinfo, proc_cpuinfo(5)).
func TestProcessor(t *testing.T) {
	info, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		t.Fatal(err)
	}
	if said := strings.Contains(string(info), " sse4_2 "); said != hasCRC32 {
		t.Errorf("SSE4.2: the kernel says %v, cpuid %v", said, hasCRC32)
	}
}

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
