package audit

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzVerify: whatever the file, Verify ends. What it calls whole without a
// note is a chain that can be computed again from the lines alone, and any
// other byte in one of its records is found.
func FuzzVerify(f *testing.F) {
	f.Add([]byte{8, 5, 0, 0, 3, 0}, []byte{}, uint16(70), byte(1))
	f.Add([]byte(nil), []byte(goldenFile()), uint16(300), byte(0x20))
	f.Fuzz(func(t *testing.T, script, raw []byte, at uint16, flip byte) {
		if len(script) > 60 {
			return
		}
		data := append([]byte(compose(script)), raw...)
		for _, key := range []*[KeyBytes]byte{nil, &testKey} {
			totals, notes, err := verifyTexts(Query{Key: key}, string(data))
			broken := uint64(0)
			for _, n := range notes {
				if n.Broken {
					broken++
				}
			}
			if broken != totals.Broken || totals.Lines > uint64(len(data)) || totals.Records > totals.Lines {
				t.Fatalf("%+v, %d broken", totals, broken)
			}
			if err != nil || !totals.Whole() || len(notes) > 0 || totals.Unchained+totals.Foreign > 0 {
				continue
			}
			computeAgain(t, key, string(data), totals)
			i := int(at) % len(data)
			line := data[bytes.LastIndexByte(data[:i], '\n')+1:]
			if _, ok := parse(line[:bytes.IndexByte(line, '\n')]); !ok || flip == 0 {
				continue
			}
			data[i] ^= flip
			if !fails(Query{Key: key}, string(data)) {
				t.Fatalf("byte %d is not found: %q", i, data)
			}
			data[i] ^= flip
		}
	})
}

func computeAgain(t *testing.T, key *[KeyBytes]byte, text string, totals Totals) {
	prev, records := "-", uint64(0)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		cut := strings.LastIndexByte(line, '\t')
		if strings.HasPrefix(line, "#") || cut < 0 {
			continue
		}
		if col := strings.Split(line, "\t"); records == 0 && len(col) > 5 {
			prev = col[5] // of the first boot record
		}
		want, chain := linked(key, prev, line[:cut])
		if want != line {
			t.Fatalf("called whole: %q, expected %s", line, chain)
		}
		prev = chain
		records++
	}
	if prev != totals.Head || records != totals.Records {
		t.Fatalf("head %s after %d records, got %+v", prev, records, totals)
	}
}

// compose makes a file out of a script: the low half of each byte says what
// comes next, the high half how much of it.
func compose(script []byte) string {
	text, prev, seq := "", "-", 0
	add := func(step int, rest string) {
		seq += step
		line, chain := linked(nil, prev, strings.ReplaceAll(number(uint64(seq))+"\t5\t0\t"+rest, "PREV", prev))
		text += line + "\n"
		prev = chain
	}
	for _, b := range script {
		switch n := int(b >> 4); b & 15 {
		case 0, 1, 2:
			add(1, "refused\t9\tdebounced")
		case 3:
			add(1, "boot\t7\tPREV\tresume")
		case 4:
			add(1, "boot\t7\tPREV\trotation")
		case 5:
			prev, seq = "-", 0
			add(1, "boot\t7\t-\t"+originNames[n%6])
		case 6:
			add(2+n, "refused\t9\tdebounced")
		case 7:
			text += strings.Repeat("x", n) + "\n"
		case 8:
			text += plainHeader + "\n"
		case 9:
			text += v1Header + "\n"
		case 10:
			text = text[:max(0, len(text)-n-1)]
		case 11:
			text += strings.Repeat("\x00", n+1)
		case 12:
			text += strings.Repeat("y", 700*n)
		case 13:
			seq++
			text += number(uint64(seq)) + "\t5\t0\trefused\t9\tdebounced\t-\n"
			prev = "-"
		case 14:
			text += plainHeader[:2*n]
		case 15:
			text += keyedHeader + "\n"
		}
	}
	return text
}

// FuzzOpen: whatever file is there, a start keeps all of it but a torn tail,
// adds a boot record, and the next start resumes there. What was whole stays
// whole.
func FuzzOpen(f *testing.F) {
	f.Add([]byte{8, 5, 0, 0, 3, 0})
	f.Add([]byte{9, 7, 8, 5, 0, 0x7a, 7, 11})
	f.Add([]byte{0x7e})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 60 {
			return
		}
		data := compose(script)
		d := newDisk(1).with("/log/a", data)
		r := &rig{t: t, d: d, now: 1}
		r.o = Options{Path: "/log/a", PID: 411, FS: d, Clock: func() int64 { return r.now }, WallMS: func() int64 { return wallMS }}
		if err := r.open(); err != nil {
			if strings.HasPrefix(data, keyedHeader+"\n") {
				return
			}
			t.Fatal(err)
		}
		r.refuse(1)
		r.settle(0)
		text := d.text("/log/a")
		kept := 0
		for kept < min(len(data), len(text)) && data[kept] == text[kept] {
			kept++
		}
		if torn := data[kept:]; strings.Contains(torn, "\n") && !strings.Contains(data, "\x00") {
			t.Fatalf("%q is gone", torn)
		}
		p, ok := parse([]byte(strings.TrimSuffix(lastLineOf(text), "\n")))
		if !ok || string(p.kind) != "refused" {
			t.Fatalf("ends with %q", lastLineOf(text))
		}
		secondStart(t, d)
		after, notes := d.verify(Query{})
		if was, _, err := verifyTexts(Query{}, data); err == nil && was.Whole() && (!after.Whole() || after.Restarts != was.Restarts || after.Records != was.Records+4) {
			t.Fatalf("was %+v, is %+v, %+v", was, after, notes)
		}
	})
}
