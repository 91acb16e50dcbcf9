package audit

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

const (
	boot1   = "1\t5\t0\tboot\t7\t-\tfresh"
	refuse2 = "2\t6\t0\trefused\t9\tdebounced"
	refuse3 = "3\t6\t0\trefused\t9\tdebounced"
)

// startCase is a file before a start and what stands in it after: what is kept
// of it, then lines, chained to the last record that was kept.
type startCase struct {
	name   string
	before string
	cut    int // bytes of before that go
	prev   string
	add    []string // header with #, boot records with PREV
	older  string   // PATH.1
	said   string
	broken bool // by what was there before
}

// bootLine is the boot record that a start writes.
func bootLine(seq int, prev, reason string) string {
	return strings.Join([]string{number(uint64(seq)), number(wallMS), "0", "boot", "411", prev, reason}, "\t")
}

func startCases() []startCase {
	three, last := chained(nil, "-", plainHeader, boot1, refuse2, refuse3)
	unchained := three
	for i := range 3 {
		unchained = strings.Replace(unchained, "\t"+chainOf(three, i+1)+"\n", "\t-\n", 1)
	}
	v1 := v1Header + "\n17\tspawn\t3\t-\n"
	head := plainHeader + "\n"
	afterV1, lastV1 := chained(nil, "-", bootLine(1, "-", "legacy_v1"), refuse2)
	drift := three + "what is this\n"
	bare, lastBare := chained(nil, "-", boot1, refuse2)
	afterDrift, lastDrift := chained(nil, last, bootLine(4, "PREV", "schema_drift"))
	add := func(prev string, bodies ...string) string { text, _ := chained(nil, prev, bodies...); return text }
	huge := strings.Repeat("x", lineMost) + "\n"
	far := strings.Repeat("no record at all\n", 20000)
	return []startCase{
		{name: "absent", add: []string{plainHeader, bootLine(1, "-", "fresh")}, prev: "-"},
		{name: "torn header", before: plainHeader[:9], cut: 9, add: []string{plainHeader, bootLine(1, "-", "fresh")}, prev: "-", said: "torn tail of 9 bytes"},
		{name: "header without line feed", before: plainHeader, cut: len(plainHeader), add: []string{plainHeader, bootLine(1, "-", "fresh")}, prev: "-", said: "truncated to the last newline"},
		{name: "torn header and NULs", before: plainHeader[:3] + "\x00\x00\x00", cut: 6, add: []string{plainHeader, bootLine(1, "-", "fresh")}, prev: "-", said: "truncated to the last newline"},
		{name: "NULs", before: strings.Repeat("\x00", 700), cut: 700, add: []string{plainHeader, bootLine(1, "-", "fresh")}, prev: "-", said: "truncated to the last newline"},
		{name: "header only", before: head, add: []string{bootLine(1, "-", "fresh")}, prev: "-"},
		{name: "resume", before: three, add: []string{bootLine(4, "PREV", "resume")}, prev: last},
		{name: "resume, unchained", before: unchained, add: []string{bootLine(4, "-", "resume")}, prev: "-"},
		{name: "resume, golden", before: goldenFile(), add: []string{bootLine(5, "PREV", "resume")}, prev: golden[3][len(golden[3])-64:]},
		{name: "corrupt tail", before: three + "4\t7\t0\tref", cut: 9, add: []string{bootLine(4, "PREV", "corrupt_tail")}, prev: last, said: "torn tail of 9 bytes truncated to the last newline"},
		{name: "corrupt tail, nearly whole", before: three + strings.TrimSuffix(lastLineOf(three), "\n"), cut: len(lastLineOf(three)) - 1, add: []string{bootLine(4, "PREV", "corrupt_tail")}, prev: last, said: "truncated to the last newline"},
		{name: "corrupt tail with NULs", before: three + "4\t7\x00\x00\n\x00", cut: 7, add: []string{bootLine(4, "PREV", "corrupt_tail")}, prev: last, said: "truncated to the last newline"},
		{name: "NULs far ahead", before: three + strings.Repeat("\x00", 600) + far[:60000] + "\n", cut: 60601, add: []string{bootLine(4, "PREV", "corrupt_tail")}, prev: last, said: "truncated to the last newline"},
		{name: "long line that begins like a record", before: three + strings.TrimSuffix(add(last, "4\t6\t0\trefused\t9\tdebounced"), "\n") + "z" + strings.Repeat("x", lineMost-1) + "\n", broken: true,
			add: []string{bootLine(4, "PREV", "schema_drift")}, prev: last, said: "the last line is no record"},
		{name: "torn boot", before: head + "1\t7\t0\tboo", cut: 9, add: []string{bootLine(1, "-", "corrupt_tail")}, prev: "-", said: "truncated to the last newline"},
		{name: "corrupt tail behind drift", before: drift + "4\t", cut: 2, add: []string{bootLine(4, "PREV", "corrupt_tail")}, prev: last, said: "truncated to the last newline"},
		{name: "NULs that a start has judged", before: three + "\x00\x00\n" + afterDrift, add: []string{bootLine(5, "PREV", "resume")}, prev: lastDrift},
		{name: "NULs before an ordinary boot record", before: three + "\x00\x00\n" + add(last, bootLine(4, "PREV", "resume")), cut: 3 + len(add(last, bootLine(4, "PREV", "resume"))), add: []string{bootLine(4, "PREV", "corrupt_tail")}, prev: last, said: "truncated to the last newline"},
		{name: "drift", before: drift, add: []string{bootLine(4, "PREV", "schema_drift")}, prev: last, said: "the last line is no record"},
		{name: "drift far away", broken: true, before: three + huge + far, add: []string{bootLine(4, "PREV", "schema_drift")}, prev: last, said: "the last line is no record"},
		{name: "drift, no record", before: head + "what\n", add: []string{bootLine(1, "-", "schema_drift")}, prev: "-", said: "the last line is no record"},
		{name: "upper-case chain", before: strings.Replace(three, last, strings.ToUpper(last), 1), add: []string{bootLine(3, "PREV", "schema_drift")}, prev: chainOf(three, 2), said: "the last line is no record"},
		{name: "v1", before: v1, add: []string{plainHeader, bootLine(1, "-", "legacy_v1")}, prev: "-", said: "legacy v1 prefix"},
		{name: "v1, second start", before: v1 + head + afterV1, add: []string{bootLine(3, "PREV", "resume")}, prev: lastV1},
		{name: "v1, torn", before: v1 + "18\tspa", add: []string{"\n" + plainHeader, bootLine(1, "-", "legacy_v1")}, prev: "-", said: "legacy v1 prefix"},
		{name: "v1, header only", before: v1 + head, add: []string{bootLine(1, "-", "legacy_v1")}, prev: "-"},
		{name: "v1, torn in v2", before: v1 + head + afterV1 + "3\t", cut: 2, add: []string{bootLine(3, "PREV", "corrupt_tail")}, prev: lastV1, said: "truncated to the last newline"},
		{name: "foreign", before: "shopping list\n", add: []string{plainHeader, bootLine(1, "-", "schema_drift")}, prev: "-", said: "header does not match"},
		{name: "foreign, no line feed", before: "milk", add: []string{"\n" + plainHeader, bootLine(1, "-", "schema_drift")}, prev: "-", said: "header does not match"},
		{name: "foreign, NULs", before: "\x7fELF\x00\x00\n\x00", add: []string{"\n" + plainHeader, bootLine(1, "-", "schema_drift")}, prev: "-", said: "header does not match"},
		{name: "records without a header", before: bare, add: []string{bootLine(3, "PREV", "resume")}, prev: lastBare, broken: true},
		{name: "absent, older", older: three, add: []string{plainHeader, bootLine(4, "PREV", "resume")}, prev: last},
		{name: "header only, older", older: three, before: head, add: []string{bootLine(4, "PREV", "resume")}, prev: last},
		{name: "torn boot, older", older: three, before: head + "4\t7", cut: 3, add: []string{bootLine(4, "PREV", "corrupt_tail")}, prev: last, said: "truncated to the last newline"},
		{name: "resume, older", older: "2\t3\n", before: three, add: []string{bootLine(4, "PREV", "resume")}, prev: last},
	}
}

func lastLineOf(text string) string {
	return text[strings.LastIndexByte(text[:len(text)-1], '\n')+1:]
}

// chainOf returns the chain value of line n, the header being 0.
func chainOf(text string, n int) string {
	line := strings.Split(text, "\n")[n]
	return line[strings.LastIndexByte(line, '\t')+1:]
}

// TestStart is the table of found: each file, byte for byte, before and after.
func TestStart(t *testing.T) {
	for _, c := range startCases() {
		t.Run(c.name, func(t *testing.T) {
			d := newDisk(1)
			if c.before != "" {
				d.with("/log/a", c.before)
			}
			if c.older != "" {
				d.with("/log/a.1", c.older)
			}
			r := newRig(t, d, nil)
			r.settle(0)
			add, _ := chained(nil, c.prev, c.add...)
			want := c.before[:len(c.before)-c.cut] + add
			if got := d.text("/log/a"); got != want {
				t.Fatalf("got  %q\nwant %q", tailOf(got), tailOf(want))
			}
			if c.said == "" && len(r.said) > 0 || c.said != "" && (len(r.said) != 1 || r.saidSuch(c.said) != 1) {
				t.Errorf("said %q", r.said)
			}
			if d.text("/log/a.1") != c.older {
				t.Error("PATH.1 is another")
			}
			secondStart(t, d)
			if _, notes := d.verify(Query{}); slices.ContainsFunc(notes, func(n Note) bool { return n.Broken }) != c.broken {
				t.Errorf("%+v", notes)
			}
		})
	}
}

func tailOf(s string) string { return s[max(0, len(s)-400):] }

// secondStart: whatever the first one found, the next one resumes.
func secondStart(t *testing.T, d *disk) {
	t.Helper()
	before := d.text("/log/a")
	p, _ := parse([]byte(strings.TrimSuffix(lastLineOf(before), "\n")))
	r := newRig(t, d, nil)
	r.refuse(1)
	r.settle(0)
	seq := int(p.seq)
	add, _ := chained(nil, string(appendHex(nil, &p.chain)), bootLine(seq+1, "PREV", "resume"),
		strings.Join([]string{number(p.seq + 2), number(wallMS), "0", "refused", "1", "debounced"}, "\t"))
	if got := d.text("/log/a"); got != before+add {
		t.Errorf("second start: got %q\nwant %q", tailOf(got), tailOf(before+add))
	}
}

// TestStartKeyed: a file is of one sort.
func TestStartKeyed(t *testing.T) {
	three, last := chained(nil, "-", plainHeader, boot1, refuse2, refuse3)
	keyed, lastKeyed := chained(&testKey, "-", keyedHeader, boot1, refuse2)
	head := keyedHeader
	for _, c := range []struct {
		name, before string
		replaced     bool
		prev         string
		add          []string
	}{
		{"absent", "", false, "-", []string{head, bootLine(1, "-", "fresh")}},
		{"keyed", keyed, false, lastKeyed, []string{bootLine(3, "PREV", "resume")}},
		{"plain", three, true, last, []string{head, bootLine(4, "PREV", "resume")}},
		{"plain header", plainHeader + "\n", true, "-", []string{head, bootLine(1, "-", "fresh")}},
		{"v1", v1Header + "\n", true, "-", []string{head, bootLine(1, "-", "legacy_v1")}},
		{"foreign", "milk", true, "-", []string{head, bootLine(1, "-", "schema_drift")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDisk(1)
			if c.before != "" {
				d.with("/log/a", c.before)
			}
			r := newRig(t, d, func(o *Options) { o.Key = &testKey })
			r.settle(0)
			want, _ := chained(&testKey, c.prev, c.add...)
			if c.replaced {
				if got := d.text("/log/a.1"); got != c.before {
					t.Errorf("PATH.1 is %q", got)
				}
			} else {
				want = c.before + want
			}
			if got := d.text("/log/a"); got != want {
				t.Fatalf("got  %q\nwant %q", got, want)
			}
		})
	}
	r := &rig{t: t, d: newDisk(1).with("/log/a", keyed)}
	r.o = Options{Path: "/log/a", FS: r.d, Clock: func() int64 { return 1 }, WallMS: func() int64 { return 1 }}
	if err := r.open(); err == nil || err.Error() != "/log/a: "+ErrKeyed.Error() {
		t.Errorf("a keyed file without a key: %v", err)
	}
}

// TestStartFails: what keeps a start from knowing where to go on is an error
// that names call and path; what it only has to write waits.
func TestStartFails(t *testing.T) {
	three, _ := chained(nil, "-", plainHeader, boot1, refuse2, refuse3)
	for _, c := range []struct{ op, want string }{
		{"open", "/log/a: open: input/output error"},
		{"size", "/log/a: fstat: input/output error"},
		{"read", "/log/a: pread: input/output error"},
		{"truncate", "/log/a: ftruncate: input/output error"},
		{"fdatasync", "/log/a: fdatasync: input/output error"},
		{"write", ""},
	} {
		r := &rig{t: t, d: newDisk(1).with("/log/a", three+"4"), now: 1}
		r.o = Options{Path: "/log/a", FS: r.d, Clock: func() int64 { return r.now }, WallMS: func() int64 { return 1 }}
		r.d.fault = always(c.op, unix.EIO)
		switch err := r.open(); {
		case c.want == "" && err != nil, c.want != "" && (err == nil || err.Error() != c.want):
			t.Errorf("%s: %v", c.op, err)
		case c.want == "":
			r.d.fault = nil
			r.settle(1e9)
			if got := r.whole(); got.Records != 4 {
				t.Errorf("%s: %+v", c.op, got)
			}
		}
	}
}
