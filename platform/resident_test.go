package platform

import (
	"errors"
	"os"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

const armMaps = `00010000-000fe000 r-xp 00000000 00:02 12         /bin/vlpd
00100000-001f3000 r--p 000f0000 00:02 12         /bin/vlpd
00200000-00209000 rw-p 001f0000 00:02 12         /bin/vlpd
00209000-0022a000 rw-p 00000000 00:00 0 
01000000-01400000 rw-p 00000000 00:00 0 
be8e4000-be905000 rw-p 00000000 00:00 0          [stack]
`

func TestEachReadOnly(t *testing.T) {
	type span struct{ start, end uintptr }
	for name, c := range map[string]struct {
		maps string
		want []span
	}{
		"a static program":       {armMaps, []span{{0x10000, 0xfe000}, {0x100000, 0x1f3000}}},
		"nothing":                {"", nil},
		"cut off in a line":      {armMaps[:100], []span{{0x10000, 0xfe000}}},
		"another file behind it": {armMaps[:60] + strings.ReplaceAll(armMaps[60:120], "vlpd", "libc"), []span{{0x10000, 0xfe000}}},
		"anonymous first":        {"00010000-000fe000 r-xp 00000000 00:00 0 \n" + armMaps, nil},
		"shared":                 {"00010000-000fe000 r-xs 00000000 00:02 12 /bin/vlpd\n", nil},
		"no numbers":             {"x-y r-xp 00000000 00:02 12 /bin/vlpd\n", nil},
	} {
		var got []span
		eachReadOnly(c.maps, func(start, end uintptr) error {
			got = append(got, span{start, end})
			return nil
		})
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %x, want %x", name, got, c.want)
		}
	}
	boom := errors.New("boom")
	if err := eachReadOnly(armMaps, func(_, _ uintptr) error { return boom }); err != boom {
		t.Errorf("got %v, want the error of the call", err)
	}
}

// TestForgetText: the resident part of the program's file shrinks, and the
// program runs on.
func TestForgetText(t *testing.T) {
	touched := 0
	for i := range len(armMaps) { // something of the constants is in use
		touched += int(armMaps[i])
	}
	before := fileRSS(t)
	if err := ForgetText(); err != nil {
		t.Fatal(err)
	}
	after := fileRSS(t)
	if after >= before {
		t.Errorf("%d kB of files resident before, %d after", before, after)
	}
	t.Logf("%d kB of files resident before, %d kB after (%d)", before, after, touched)
}

// fileRSS is RssFile of /proc/self/status, in kB.
func fileRSS(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		if rest, ok := strings.CutPrefix(line, "RssFile:"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no RssFile in /proc/self/status")
	return 0
}
