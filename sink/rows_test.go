package sink

import (
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strconv"
	"strings"

	"vlpd/event"
)

// appendTestRow makes a row that proves itself: column 6 is a checksum.
func appendTestRow(dst []byte, r *event.Record) []byte {
	from := len(dst)
	dst = strconv.AppendInt(dst, r.At, 10)
	dst = append(append(dst, '\t'), r.Kind.String()...)
	dst = strconv.AppendUint(append(dst, '\t'), uint64(r.ID), 10)
	dst = strconv.AppendUint(append(dst, '\t'), r.Nonce, 10)
	dst = strconv.AppendUint(append(dst, '\t'), r.Value, 10)
	dst = append(dst, '/')
	dst = strconv.AppendUint(dst, uint64(r.Code), 10)
	sum := crc32.ChecksumIEEE(dst[from:])
	dst = strconv.AppendUint(append(dst, '\t'), uint64(sum), 10)
	return append(dst, '\n')
}

// row is what a reader gets of one line.
type row struct {
	file string
	kind string
	run  uint32
	n    uint64
	lost string // count and reason of a lost row
}

// read returns all rows, oldest file first, or what is wrong with them.
func read(fs *fakeFS) (rows []row, err error) {
	for _, name := range slices.SortedFunc(maps.Keys(fs.names), olderFirst) {
		data := string(fs.names[name].data)
		if data == "" {
			continue
		}
		if !strings.HasSuffix(data, "\n") {
			return nil, fmt.Errorf("%s ends in half a row: %q", name, data[max(0, len(data)-80):])
		}
		for line := range strings.Lines(data) {
			r, err := parseRow(strings.TrimSuffix(line, "\n"))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			r.file = name
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func olderFirst(a, b string) int {
	number := func(s string) int {
		n, _ := strconv.Atoi(s[strings.LastIndexByte(s, '/')+1:][len("ev"):][min(1, len(s)-len("/log/ev")):])
		return n
	}
	return number(b) - number(a)
}

func parseRow(line string) (r row, err error) {
	col := strings.Split(line, "\t")
	if len(col) != 6 {
		return r, fmt.Errorf("%d columns: %q", len(col), line)
	}
	sum := crc32.ChecksumIEEE([]byte(line[:strings.LastIndexByte(line, '\t')]))
	if col[5] != strconv.FormatUint(uint64(sum), 10) {
		return r, fmt.Errorf("glued: %q", line)
	}
	run, _ := strconv.Atoi(col[2])
	n, _ := strconv.ParseUint(col[3], 10, 64)
	return row{kind: col[1], run: uint32(run), n: n, lost: col[4]}, nil
}

// numbers returns how often each row of a run is there.
func numbers(rows []row, run uint32) map[uint64]int {
	seen := map[uint64]int{}
	for _, r := range rows {
		if r.run == run && r.n > 0 {
			seen[r.n]++
		}
	}
	return seen
}

// complete checks that rows 1 to last of the run are there.
func complete(fs *fakeFS, run uint32, last uint64) error {
	rows, err := read(fs)
	if err != nil {
		return err
	}
	seen := numbers(rows, run)
	for n := uint64(1); n <= last; n++ {
		if seen[n] == 0 {
			return fmt.Errorf("run %d: row %d of %d synced ones is missing", run, n, last)
		}
	}
	return nil
}
