package cclient

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"vlpd/vlp"
)

// batch is how many records the filter gets at a time.
const batch = 50000

var filter []string

func TestMain(m *testing.M) {
	code, err := testMain(m)
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
	}
	os.Exit(code)
}

func testMain(m *testing.M) (int, error) {
	if filter = strings.Fields(os.Getenv("CCLIENT_FILTER")); len(filter) > 0 {
		return m.Run(), nil
	}
	dir, err := os.MkdirTemp("", "vlpd-cclient-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(dir)
	if cc, err := exec.LookPath("cc"); err == nil {
		filter = []string{filepath.Join(dir, "filter")}
		build := exec.Command(cc, "-std=gnu99", "-O2", "-I../../clients/c", "-o", filter[0], "src/filter.c")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			return 1, err
		}
	}
	return m.Run(), nil
}

func setting(t *testing.T, name string, value int) int {
	t.Helper()
	if s := os.Getenv(name); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(name, err)
		}
		return n
	}
	return value
}

// source makes records.
type source struct {
	*rand.Rand
	t *testing.T
}

func newSource(t *testing.T) *source {
	t.Helper()
	if filter == nil {
		t.Skip("there is no C compiler; scripts/test.sh installs one")
	}
	return &source{rand.New(rand.NewPCG(uint64(setting(t, "CCLIENT_SEED", 1)), 0)), t}
}

// u64 is likely to be near a border.
func (s *source) u64() uint64 {
	near := uint64(s.IntN(4))
	switch s.IntN(8) {
	case 0:
		return near
	case 1:
		return ^near
	case 2:
		return 1<<32 - 2 + near
	case 3:
		return 1<<s.IntN(64) - 1 + near
	}
	return s.Uint64()
}

func (s *source) u32() uint32 { return uint32(s.u64()) }

// status is a legal one, mostly.
func (s *source) status() byte {
	if s.IntN(16) == 0 {
		return byte(s.Uint32())
	}
	return byte(s.IntN(3))
}

// frame is a legal one, mostly.
func (s *source) frame() vlp.Frame {
	f := vlp.Frame{Timestamp: s.u64(), Nonce: s.u64(), PID: s.u32(), Payload: s.u32(), Status: vlp.Status(s.status())}
	if f.PID < 2 && s.IntN(4) > 0 {
		f.PID += 2
	}
	return f
}

// compare has the filter answer to records of one letter. next appends one to b,
// without the letter, and the answer that is wanted to want.
func (s *source) compare(letter byte, next func(b, want []byte) (_, _ []byte)) {
	s.t.Helper()
	for left := setting(s.t, "CCLIENT_FRAMES", 20000); left > 0; left -= batch {
		var records, want []byte
		var at, wantAt []int
		for range min(left, batch) {
			at, wantAt = append(at, len(records)), append(wantAt, len(want))
			records, want = next(append(records, letter), want)
		}
		got := s.ask(records)
		if bytes.Equal(got, want) {
			continue
		}
		if len(got) != len(want) {
			s.t.Fatalf("%d bytes of answers to %d records, want %d", len(got), len(at), len(want))
		}
		at, wantAt = append(at, len(records)), append(wantAt, len(want))
		for i := range at[1:] {
			if g, w := got[wantAt[i]:wantAt[i+1]], want[wantAt[i]:wantAt[i+1]]; !bytes.Equal(g, w) {
				s.t.Fatalf("%s to %x:\n%x, want\n%x", filter, records[at[i]:at[i+1]], g, w)
			}
		}
	}
}

// ask runs the filter over the records.
func (s *source) ask(records []byte) []byte {
	s.t.Helper()
	command := exec.CommandContext(s.t.Context(), filter[0], filter[1:]...)
	command.Stdin = bytes.NewReader(records)
	var errors bytes.Buffer
	command.Stderr = &errors
	out, err := command.Output()
	if err != nil || errors.Len() > 0 {
		s.t.Fatalf("%s: %v: %s", filter, err, &errors)
	}
	return out
}

// untouched appends n bytes that the filter did not write.
func untouched(b []byte, n int) []byte {
	return append(b, bytes.Repeat([]byte{0xEE}, n)...)
}

func put64(b []byte, v uint64) []byte { return binary.LittleEndian.AppendUint64(b, v) }

func put32(b []byte, v uint32) []byte { return binary.LittleEndian.AppendUint32(b, v) }
