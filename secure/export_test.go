package secure

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// filled has senders, sessions in the filter, and a key that will be gone.
func filled(t *testing.T) *rig {
	r := newRig(t, Config{Senders: 8, FilterBytes: 8192}, 9, 1, 2)
	for s := range uint64(Sessions + 1) {
		r.Tick(int64(s) * paceNS)
		r.want(shared(7, s, 5), Opened, Fresh)
	}
	r.want(mastered(8, 1, 5), Opened, Fresh)
	r.want(sealShared(testKey(2), 1, 5, frame(9)), Opened, Fresh)
	return r
}

func TestExportImport(t *testing.T) {
	saved := filled(t).Export([]byte("x"))[1:]
	for _, senders := range []int{8, 3, 2, 1} {
		r := newRig(t, Config{Senders: senders, FilterBytes: 8192}, 9, 1)
		r.Tick(1e15)
		if err := r.Import(saved); err != nil {
			t.Fatal(err)
		}
		if again := r.Export(nil); senders >= 3 && !bytes.Equal(again, saved) {
			t.Errorf("%d senders: exported again it is another", senders)
		}
		if r.Strain() <= 0 {
			t.Errorf("%d senders: there is no strain although the filter holds sessions", senders)
		}
		for s := range uint64(Sessions + 1) {
			r.want(shared(7, s, 5), Replayed, 0)
		}
		r.want(mastered(8, 1, 5), Replayed, 0)
		if senders >= 2 {
			r.want(mastered(8, 1, 6), Opened, Current)
		} else {
			r.want(mastered(8, 1, 6), Replayed, 0) // known to the filter only
		}
		r.want(shared(7, 63, 6), Opened, Earlier)
		r.want(shared(7, 64, 6), Opened, Current)
		r.want(shared(7, 1000, 1), TableFull, 0) // the pace goes on
		r.Swap(keysOf(9, 1, 2))
		r.want(sealShared(testKey(2), 1, 5, frame(9)), Replayed, 0)
	}
}

// Whose key is gone when the memory comes back is the first to lose its place.
func TestImportWithoutAKey(t *testing.T) {
	saved := filled(t).Export(nil)
	r := newRig(t, Config{Senders: 3, FilterBytes: 8192}, 9, 1)
	if err := r.Import(saved); err != nil {
		t.Fatal(err)
	}
	r.want(shared(10, 1, 1), Opened, Fresh)
	r.want(shared(11, 1, 1), TableFull, 0)
}

func TestImportRefuses(t *testing.T) {
	saved := filled(t).Export(nil)
	at := func(i int, v byte) []byte {
		b := bytes.Clone(saved)
		b[i] = v
		return b
	}
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"empty", nil, "does not begin with vlpdREP1"},
		{"other file", at(0, 'x'), "does not begin with vlpdREP1"},
		{"short", saved[:len(saved)-1], "cut short"},
		{"long", append(bytes.Clone(saved), 0), "cut short, or longer"},
		{"other filter", at(9, 0x40), "filter of 16384 bytes, expected 8192"},
		{"more senders", at(exportHead-4, 4), "expected 1 to 64"},
		{"many senders", at(exportHead-1, 255), "expected 1 to 64"},
		{"sender of none", at(exportHead+exportSender-4, 0), "sender with 0 sessions"},
		{"sender of 65", at(exportHead+exportSender-4, 65), "sender with 65 sessions"},
	} {
		r := newRig(t, Config{Senders: 8, FilterBytes: 8192}, 9, 1)
		err := r.Import(c.b)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if r.Senders() != 0 || r.Forgotten() != 0 {
			t.Errorf("%s: something was taken", c.name)
		}
	}
	for n := range exportHead + 200 {
		if newRig(t, Config{Senders: 8, FilterBytes: 8192}, 9).Import(saved[:n]) == nil {
			t.Errorf("the first %d bytes were taken", n)
		}
	}
}

// A sender that stands there twice is one, and all of it is remembered.
func TestImportOfTwins(t *testing.T) {
	a := newRig(t, Config{Senders: 2, FilterBytes: 4096}, 0, 1)
	a.want(shared(7, 1, 5), Opened, Fresh)
	one := a.Export(nil)
	sender := one[exportHead : exportHead+exportSender+exportEach]
	twin := bytes.Clone(sender)
	binary.LittleEndian.PutUint64(twin[exportSender:], 2)
	b := append(bytes.Clone(one[:exportHead]), sender...)
	b = append(append(b, twin...), one[exportHead+len(sender):]...)
	b[exportHead-4] = 2
	r := newRig(t, Config{Senders: 2, FilterBytes: 4096}, 0, 1)
	if err := r.Import(b); err != nil || r.Senders() != 1 {
		t.Fatalf("%v, %d senders", err, r.Senders())
	}
	r.want(shared(7, 1, 5), Replayed, 0)
	r.want(shared(7, 2, 5), Replayed, 0)
}
