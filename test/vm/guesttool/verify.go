package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
)

// findings is what one log holds after a cut.
//
// Rows are counted in file order, oldest generation first, up to the first
// line that is no whole row; that is what a reader may trust. Start rows are
// counted apart: they date a file and are no records, for the metrics neither.
type findings struct {
	rows  int    // records before anything broken
	heads int    // start rows
	last  uint64 // nonce of the last beat among them
	tail  int    // bytes from the first broken line on
	holes int    // places where a beat's nonce was not its forerunner's plus one
	glued int    // lines with a newline that are no row and hold no NUL
	lost  int    // rows that say that rows were lost
	files int
	twins int // names of a file that was read under an older one: a rename cut short
}

func (f findings) String() string {
	return fmt.Sprintf("rows=%d heads=%d last=%d tail=%d holes=%d glued=%d lost=%d files=%d twins=%d",
		f.rows, f.heads, f.last, f.tail, f.holes, f.glued, f.lost, f.files, f.twins)
}

// verify reads LOG.99 … LOG.1 and LOG.
func verify(path string) (findings, error) {
	var f findings
	var before os.FileInfo
	for i := 99; i >= 0; i-- {
		name := path
		if i > 0 {
			name += "." + strconv.Itoa(i)
		}
		is, err := os.Lstat(name)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return f, err
		}
		if before != nil && os.SameFile(before, is) {
			f.twins++
			continue
		}
		before = is
		data, err := os.ReadFile(name)
		if err != nil {
			return f, err
		}
		f.file(data)
	}
	return f, nil
}

// file takes one generation.
func (f *findings) file(data []byte) {
	for len(data) > 0 {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		cols := bytes.Split(line, []byte("\t"))
		if !whole || !isRow(cols) {
			if whole && bytes.IndexByte(line, 0) < 0 {
				f.glued++
			}
			f.tail += len(data) - len(rest)
		} else if f.tail == 0 {
			f.row(cols)
		} else {
			f.tail += len(line) + 1
		}
		data = rest
	}
	f.files++
}

func (f *findings) row(cols [][]byte) {
	switch string(cols[1]) {
	case "start":
		f.heads++
		return
	case "lost":
		f.lost++
	case "beat":
		n, _ := strconv.ParseUint(string(cols[3]), 10, 64)
		if f.last != 0 && n != f.last+1 && !(n%secondRun == 1 && n > f.last) {
			f.holes++
		}
		f.last = n
	}
	f.rows++
}

// secondRun is the distance between the first nonces of two runs on one log.
const secondRun = 1_000_000

// isRow says whether a line is whole: six columns, a number, a word, and for a
// beat a payload equal to its nonce.
func isRow(cols [][]byte) bool {
	if len(cols) != 6 || !digits(cols[0]) || len(cols[1]) == 0 {
		return false
	}
	for _, c := range cols[1] {
		if c < 'a' || c > 'z' {
			return false
		}
	}
	return string(cols[1]) != "beat" || digits(cols[3]) && bytes.Equal(cols[3], cols[5])
}

func digits(b []byte) bool {
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}
