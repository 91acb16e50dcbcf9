package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var testReader = *newReader()

// verifyTexts verifies files given as texts, the oldest first, named f0, f1 …
func verifyTexts(q Query, texts ...string) (Totals, []Note, error) {
	var notes []Note
	c := newChecker(&q, func(n Note) { notes = append(notes, n) })
	r := &testReader
	for i, text := range texts {
		r.reset(textSource{strings.NewReader(text)})
		if err := c.read(fmt.Sprintf("f%d", i), r); err != nil {
			return c.t, notes, err
		}
	}
	c.finish()
	return c.t, notes, nil
}

// fails reports whether anything speaks against the files.
func fails(q Query, texts ...string) bool {
	totals, _, err := verifyTexts(q, texts...)
	return err != nil || !totals.Whole()
}

// threeFiles is a log of three generations with all kinds of records.
func threeFiles(key *[KeyBytes]byte) (texts []string, head string) {
	bodies := [][]string{
		{boot1, "2\t6\t0\tspawn\t9\t10\texec\t/bin/true\tinline\t9", "3\t7\t0\toutput\t9\t10\tno such file\\x0a",
			"4\t7\t0\tcomplete\t9\t10\treaped\t1\t-\t108575813\t0\t13\tfalse"},
		{"5\t8\t0\tboot\t7\tPREV\trotation", "6\t8\t0\trefused\tdoor/9\tdebounced"},
		{"7\t9\t0\tboot\t7\tPREV\trotation", "8\t9\t0\trefused\t0\tlost:4", "9\t9\t0\tboot\t8\tPREV\tresume"},
	}
	head = "-"
	for _, b := range bodies {
		text := ""
		text, head = chained(key, head, append([]string{headerOf(key)}, b...)...)
		texts = append(texts, text)
	}
	return texts, head
}

func TestVerifyWhole(t *testing.T) {
	for _, key := range []*[KeyBytes]byte{nil, &testKey} {
		texts, head := threeFiles(key)
		totals, notes, err := verifyTexts(Query{Key: key}, texts...)
		want := Totals{Files: 3, Lines: 12, Records: 9, First: 1, Last: 9, Head: head}
		if totals != want || len(notes) > 0 || err != nil || !totals.Whole() {
			t.Errorf("%+v, %+v, %v", totals, notes, err)
		}
		totals, notes, err = verifyTexts(Query{Key: key}, texts[1:]...) // the oldest is gone
		if want = (Totals{Files: 2, Lines: 7, Records: 5, First: 5, Last: 9, Head: head}); totals != want || len(notes) > 0 || err != nil {
			t.Errorf("%+v, %+v, %v", totals, notes, err)
		}
	}
	if totals, notes, err := verifyTexts(Query{}, goldenFile()); !totals.Whole() || totals.Records != 4 || len(notes) > 0 || err != nil {
		t.Errorf("golden: %+v, %+v, %v", totals, notes, err)
	}
}

// TestVerifyFlips: each other value of each byte is found.
func TestVerifyFlips(t *testing.T) {
	flips := func(q Query, texts []string, values []byte) {
		t.Helper()
		for i, text := range texts {
			changed := slices.Clone(texts)
			b := []byte(text)
			for at := range b {
				for _, v := range values {
					b[at] ^= v
					changed[i] = string(b)
					if !fails(q, changed...) {
						t.Fatalf("file %d, byte %d: %q for %q is not found", i, at, b[at], text[at])
					}
					b[at] = text[at]
				}
			}
		}
	}
	var all []byte
	for v := 1; v < 256; v++ {
		all = append(all, byte(v))
	}
	bits := []byte{1, 2, 4, 8, 16, 32, 64, 128}
	if raceDetector {
		all = bits
	}
	flips(Query{}, []string{goldenFile()}, all)
	plain, _ := threeFiles(nil)
	flips(Query{}, plain, bits)
	keyed, _ := threeFiles(&testKey)
	flips(Query{Key: &testKey}, keyed, bits)
}

// TestVerifyEdits: lines that are gone, twice there, in another order or added.
// What is cut off at the end only a noted head shows.
func TestVerifyEdits(t *testing.T) {
	texts, head := threeFiles(nil)
	noted, _ := parseHex([]byte(head))
	q := Query{Head: (*[KeyBytes]byte)(&noted)}
	if fails(q, texts...) {
		t.Fatal("the head is not found")
	}
	for f := range texts {
		lines := strings.SplitAfter(texts[f], "\n")
		lines = lines[:len(lines)-1]
		with := func(edited ...string) []string {
			changed := append([]string{}, texts...)
			changed[f] = strings.Join(edited, "")
			return changed
		}
		for i := range lines {
			last := f == len(texts)-1 && i == len(lines)-1
			without := with(append(append([]string{}, lines[:i]...), lines[i+1:]...)...)
			if !fails(q, without...) {
				t.Errorf("file %d, line %d deleted: not found with the head noted", f, i+1)
			}
			if fails(Query{}, without...) == last {
				t.Errorf("file %d, line %d deleted: found is %v", f, i+1, !last)
			}
			double := append(append(append([]string{}, lines[:i+1]...), lines[i]), lines[i+1:]...)
			if i > 0 && !fails(q, with(double...)...) {
				t.Errorf("file %d, line %d doubled: not found", f, i+1)
			}
			if i > 0 {
				swapped := append([]string{}, lines...)
				swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
				if !fails(q, with(swapped...)...) {
					t.Errorf("file %d, lines %d and %d swapped: not found", f, i, i+1)
				}
			}
			if i < len(lines)-2 && !fails(q, with(append(append([]string{}, lines[:i+1]...), lines[len(lines)-1])...)...) {
				t.Errorf("file %d: the end moved behind line %d: not found", f, i+1)
			}
		}
		for at := range len(texts[f]) {
			if f == 0 && (at == 0 || at == len(plainHeader)+1) {
				continue // like the file itself being gone, see below
			}
			if !fails(q, with(texts[f][:at])...) {
				t.Errorf("file %d cut at byte %d: not found", f, at)
			}
		}
	}
	for f := range texts {
		rest := append(append([]string{}, texts[:f]...), texts[f+1:]...)
		if got := fails(q, rest...); got == (f == 0) {
			t.Errorf("without file %d: found is %v", f, got)
		}
	}
	if !fails(Query{}, texts[0], texts[2], texts[1]) {
		t.Error("files in the wrong order: not found")
	}
}

// TestVerifyKeyed: nothing that was made without the key passes.
func TestVerifyKeyed(t *testing.T) {
	keyed, _ := threeFiles(&testKey)
	plain, _ := threeFiles(nil)
	other := testKey
	other[7]++
	q := Query{Key: &testKey}
	forged := strings.Replace(plain[0], plainHeader, keyedHeader, 1)
	b2, _ := chained(nil, chainOf(keyed[0], 4), keyedHeader, "5\t8\t0\tboot\t7\tPREV\trotation")
	again, _ := chained(&testKey, "-", keyedHeader, "1\t5\t0\tboot\t7\t-\tschema_drift")
	bare := keyed[0]
	for i := range 4 {
		bare = strings.Replace(bare, chainOf(keyed[0], i+1), "-", 1)
	}
	for name, found := range map[string]bool{
		"whole":                         !fails(q, keyed...),
		"another key":                   fails(Query{Key: &other}, keyed...),
		"no key":                        fails(Query{}, keyed...),
		"unkeyed":                       fails(q, plain...),
		"unkeyed under a keyed header":  fails(q, forged),
		"unkeyed hash as continuation":  fails(q, keyed[0], b2),
		"keyed under an unkeyed header": fails(q, strings.Replace(keyed[0], keyedHeader, plainHeader, 1)),
		"unkeyed generation before":     fails(q, append([]string{plain[0]}, keyed...)...),
		"unkeyed generation behind":     fails(q, append(append([]string{}, keyed...), plain[0])...),
		"a keyed beginning behind":      fails(q, keyed[0], again),
		"no chain values":               fails(q, bare),
		"last records without":          fails(q, keyed[0]+"5\t8\t0\trefused\t9\tdebounced\t-\n"),
	} {
		if !found {
			t.Error(name)
		}
	}
	if _, _, err := verifyTexts(Query{}, keyed...); !errors.Is(err, ErrKeyNeeded) {
		t.Errorf("without a key: %v", err)
	}
}

// TestVerifySays: where, what was expected, and what came.
func TestVerifySays(t *testing.T) {
	texts, _ := threeFiles(nil)
	lines := strings.SplitAfter(texts[0], "\n")
	c := func(i int) string { return chainOf(texts[0], i) }
	forged, forgedChain := linked(nil, c(1), "2\t6\t0\tspawn\t9\t10\texec\t/bin/rm\tinline\t9")
	_, rightChain := linked(nil, c(2), "3\t7\t0\toutput\t9\t10\tno such file\\x0b")
	for _, x := range []struct {
		name, text, says string
		line             int
	}{
		{"gap", lines[0] + lines[1] + lines[3] + lines[4], "seq: expected 2, got 3", 3},
		{"body", strings.Replace(texts[0], `\x0a`, `\x0b`, 1), "chain: expected " + rightChain + ", got " + c(3), 4},
		{"forged", lines[0] + lines[1] + forged + "\n" + lines[3], "got " + c(3), 4},
		{"header", strings.Join(lines[1:], ""), "header: expected " + plainHeader + ", got a record before it", 1},
		{"header changed", "!" + texts[0][1:], "header: expected " + plainHeader + ", got a record before it", 1},
		{"torn", texts[0] + "5\t7", "torn last line: expected a line feed behind its 3 bytes, got the end of the file", 6},
		{"no record", lines[0] + lines[1] + "hello\n" + lines[2], "expected a record, got something else", 3},
		{"no record at the end", texts[0] + "hello\n", "expected a record, got something else", 6},
		{"no boot record", lines[0] + lines[2], "kind: expected boot behind a header, got spawn", 2},
		{"began anew", texts[0] + texts[0], "seq: expected 5, got 1", 7},
		{"unchained", lines[0] + lines[1] + strings.Replace(lines[2], c(2), "-", 1), "chain: expected what the boot record before has, a hash or `-`, got -", 3},
		{"too long", lines[0] + lines[1] + strings.Repeat("x", lineMost+1) + "\n" + lines[2], "line: expected at most 65536 bytes, got more", 3},
		{"foreign before fresh", "milk\n" + texts[0], "header: expected " + plainHeader + ", got something else", 1},
	} {
		totals, notes, err := verifyTexts(Query{}, x.text)
		if err != nil || totals.Broken == 0 || len(notes) == 0 || notes[0].Line != x.line || !strings.Contains(notes[0].Text, x.says) {
			t.Errorf("%s: %+v, %v", x.name, notes, err)
		}
	}
	_ = forgedChain
	prev, _ := chained(nil, c(4), plainHeader, "5\t8\t0\tboot\t7\t"+c(3)+"\trotation")
	if _, notes, _ := verifyTexts(Query{}, texts[0], prev); len(notes) != 1 || notes[0].Text != "prev: expected "+c(4)+", got "+c(3) {
		t.Errorf("prev: %+v", notes)
	}
}
