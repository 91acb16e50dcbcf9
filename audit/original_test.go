package audit

import (
	"strings"
	"testing"
)

// TestVerifyOriginal: what varta-watch 0.2.0 writes, by the semantics of its
// boot records, passes, and is told where it is peculiar.
func TestVerifyOriginal(t *testing.T) {
	refused := func(seq string) string { return seq + "\t6\t0\trefused\t9\tsocket_mode_only" }
	bootRow := func(seq, prev, reason string) string { return seq + "\t5\t0\tboot\t7\t" + prev + "\t" + reason }
	start, head := chained(nil, "-", plainHeader, bootRow("1", "-", "fresh"), refused("2"), refused("3"))
	add := func(prev string, bodies ...string) string { text, _ := chained(nil, prev, bodies...); return text }
	unchained := plainHeader + "\n" + bootRow("1", "-", "fresh") + "\t-\n" + refused("2") + "\t-\n"
	restart := add("-", bootRow("1", "-", "legacy_v1"), refused("2"))
	// Out of order: the boot record of seq 6 was made when 4 and 5 waited in the queue.
	four, h4 := chained(nil, head, refused("4"))
	five, h5 := chained(nil, h4, refused("5"))
	six, h6 := chained(nil, h5, bootRow("6", "PREV", "rotation"))
	seven, h7 := chained(nil, h6, bootRow("7", "PREV", "rotation"))
	eight, _ := chained(nil, h7, refused("8"))
	late := plainHeader + "\n" + six + four + five + add(h6, refused("7"))
	twice := []string{start, plainHeader + "\n" + six + four, plainHeader + "\n" + seven + five + eight}

	for _, c := range []struct {
		name     string
		texts    []string
		note     string // in the first note
		restarts uint64
		broken   bool
	}{
		{name: "resume", texts: []string{start + add(head, bootRow("4", "PREV", "resume"))}},
		{name: "torn tail, prev not shown", texts: []string{start + add(head, strings.Replace(bootRow("4", "-", "corrupt_tail"), "PREV", "-", 1))}},
		{name: "drift", texts: []string{start + "what\n" + add("-", bootRow("1", "-", "schema_drift"), refused("2"))}, note: "not a record; the boot record behind it says schema_drift", restarts: 1},
		{name: "header only", texts: []string{plainHeader + "\n" + add("-", bootRow("1", "-", "schema_drift"), refused("2"))}},
		{name: "v1, three starts", texts: []string{v1Header + "\n1\t2\tspawn\t-\n" + strings.Repeat(plainHeader+"\n"+restart, 3)}, note: "seq starts again at 1, the chain at zeros (legacy_v1)", restarts: 2},
		{name: "foreign, header glued", texts: []string{"milk" + plainHeader + "\n" + add("-", bootRow("1", "-", "schema_drift"), refused("2"))}, note: "the header stands behind other text"},
		{name: "rotation in order", texts: []string{start, plainHeader + "\n" + add(head, bootRow("4", "PREV", "rotation"), refused("5"))}},
		{name: "rotation out of order", texts: []string{start, late}, note: "stands ahead of records with a lower seq"},
		{name: "the same, file before gone", texts: []string{late}, note: "stands ahead of records with a lower seq"},
		{name: "two rotations out of order", texts: twice, note: "stands ahead of records with a lower seq"},
		{name: "unchained", texts: []string{unchained}},
		{name: "unchained, then resumed", texts: []string{unchained + bootRow("3", "-", "resume") + "\t-\n"}},
		{name: "unchained, then chained", texts: []string{unchained + add("-", bootRow("3", "-", "resume"), refused("4"))}},
		{name: "out of order, one gone", texts: []string{start, plainHeader + "\n" + six + four + add(h6, refused("7"))}, note: "seq: expected 5, got 6", broken: true},
		{name: "out of order, end gone", texts: []string{start, plainHeader + "\n" + six + four}, note: "seq: expected 5, got 6", broken: true},
		{name: "queue full", texts: []string{start + add(h4, refused("5"))}, note: "seq: expected 4, got 5", broken: true},
		{name: "resume, prev not shown", texts: []string{start + add(head, bootRow("4", "-", "resume"))}, note: "prev: expected " + head + ", got -", broken: true},
	} {
		totals, notes, err := verifyTexts(Query{}, c.texts...)
		if err != nil || totals.Whole() == c.broken || totals.Restarts != c.restarts {
			t.Errorf("%s: %+v, %+v, %v", c.name, totals, notes, err)
		}
		if c.note == "" && len(notes) > 0 || c.note != "" && (len(notes) == 0 || !strings.Contains(notes[0].Text, c.note)) {
			t.Errorf("%s: %+v", c.name, notes)
		}
	}
}
