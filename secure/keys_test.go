package secure

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/secret"
)

// digits is a key of equal bytes as a file has it.
func digits(fill string) string { return strings.Repeat(fill, 32) }

func keyFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	one, two, three := digits("01"), digits("02"), digits("03")
	for _, c := range []struct {
		name                      string
		primary, accepted, master string
		shared, masters           int
		opens                     []byte // keys whose frames open
	}{
		{"nothing", "", "", "", 0, 0, nil},
		{"primary", one, "", "", 1, 0, []byte{1}},
		{"comments, blanks and CR LF", "# the key\r\n\r\n \t" + one + " \r\n#\n\n", "", "", 1, 0, []byte{1}},
		{"accepted alone", "", one + "\n" + two, "", 2, 0, []byte{1, 2}},
		{"both", one, "#\n" + two + "\n" + three + "\n", "", 3, 0, []byte{1, 2, 3}},
		{"a key twice", one, two + "\n" + one + "\n" + two, "", 2, 0, []byte{1, 2}},
		{"accepted has none yet", one, "# later\n", "", 1, 0, []byte{1}},
		{"master", "", "", " \n" + digits("0A") + "\n\n", 0, 1, nil},
		{"master and shared are one key", digits("0a"), "", digits("0a"), 1, 1, []byte{10}},
	} {
		var f Files
		for _, p := range []struct {
			path *string
			text string
		}{{&f.Primary, c.primary}, {&f.Accepted, c.accepted}, {&f.Master, c.master}} {
			if p.text != "" {
				*p.path = keyFile(t, p.text)
			}
		}
		k, err := Load(f)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if s, m := len(k.shared), k.master != nil; s != c.shared || m != (c.masters > 0) || k.Empty() != (s == 0 && !m) {
			t.Errorf("%s: %d shared keys, a master key %v, empty %v", c.name, s, m, k.Empty())
		}
		r := &rig{t: t, Opener: NewOpener(k, Config{})}
		for _, fill := range c.opens {
			r.want(sealShared(testKey(fill), 1, 1, frame(7)), Opened, Fresh)
		}
		if c.masters > 0 {
			r.want(sealMaster(testKey(10), 7, 1, 1, frame(7)), Opened, Fresh)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	one := digits("01")
	for _, c := range []struct{ role, text, want string }{
		{"primary", one + "\n" + one, "multiple primary keys found (expected exactly one)"},
		{"primary", one + "\n" + digits("02"), "multiple primary keys found (expected exactly one)"},
		{"primary", "# none\n\n", "no key found in file (expected exactly one)"},
		{"primary", "\n#\n" + one[1:], "line 3: key hex must be 64 characters, got 63"},
		{"accepted", one + "\ng" + one[1:], "line 2: key has an invalid hex character 'g' at position 0"},
		{"accepted", one + " # mine", "line 1: key hex must be 64 characters, got 71"},
		{"master", one + one, "key hex must be 64 characters, got 128"},
		{"master", "# comment\n" + one, "key hex must be 64 characters, got 74"},
		{"master", "", "key hex must be 64 characters, got 0"},
	} {
		path := keyFile(t, c.text)
		f := map[string]Files{"primary": {Primary: path}, "accepted": {Accepted: path}, "master": {Master: path}}[c.role]
		k, err := Load(f)
		if k != nil || err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s %q: %v, want %q", c.role, c.text, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), one[:16]) {
			t.Errorf("%s: the error shows the key: %v", c.role, err)
		}
	}
}

func TestLoadChecksTheFile(t *testing.T) {
	open := keyFile(t, digits("01"))
	if err := os.Chmod(open, 0o640); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(keyFile(t, digits("01")), link); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{open: secret.ErrPermissions, link: secret.ErrSymlink, link + "x": unix.ENOENT} {
		for _, f := range []Files{{Primary: path}, {Accepted: path}, {Master: path}} {
			if _, err := Load(f); !errors.Is(err, want) || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("%+v: %v, want %v", f, err, want)
			}
		}
	}
}

// SIGHUP: keys come and go, what was heard under those that stay is remembered,
// and so is what was heard under one that comes back.
func TestSwap(t *testing.T) {
	r := newRig(t, Config{Senders: 4}, 9, 1, 2)
	second := func(ctr uint32) []byte { return sealShared(testKey(2), 5, ctr, frame(7)) }
	r.want(shared(7, 5, 10), Opened, Fresh)
	r.want(second(10), Opened, Fresh)
	r.want(mastered(7, 5, 10), Opened, Fresh)

	r.Swap(keysOf(8, 2, 3)).Wipe()
	r.want(shared(7, 5, 11), Undecryptable, 0)
	r.want(second(10), Replayed, 0)
	r.want(second(11), Opened, Current)
	r.want(mastered(7, 5, 11), Undecryptable, 0)
	r.want(sealMaster(testKey(8), 7, 5, 10, frame(7)), Opened, Fresh)

	r.Swap(keysOf(9, 1)).Wipe()
	r.want(shared(7, 5, 10), Replayed, 0)
	r.want(mastered(7, 5, 10), Replayed, 0)
	r.want(mastered(7, 5, 11), Opened, Current)
	r.want(sealMaster(testKey(8), 7, 5, 11, frame(7)), Undecryptable, 0)
}

// Senders without a key are the first to lose their place, and even then
// nothing of theirs can be sent again.
func TestSwapMakesRoom(t *testing.T) {
	r := newRig(t, Config{Senders: 2}, 9, 1)
	r.want(shared(7, 5, 10), Opened, Fresh)
	r.want(mastered(7, 5, 10), Opened, Fresh)
	r.want(shared(8, 5, 10), TableFull, 0)
	r.Swap(keysOf(0, 1)).Wipe()
	r.want(shared(8, 5, 10), Opened, Fresh)
	r.want(shared(7, 5, 11), Opened, Current)
	r.want(shared(9, 5, 10), TableFull, 0)
	r.Swap(keysOf(9)).Wipe()
	r.want(mastered(7, 5, 10), Replayed, 0)
	r.want(mastered(7, 5, 12), Replayed, 0)
	r.want(mastered(7, 6, 1), Opened, Fresh)
}

// What derived keys open with is gone after Swap and Close, as far as it can be seen.
func TestWipe(t *testing.T) {
	r := newRig(t, Config{Senders: 2}, 9, 1)
	r.want(mastered(7, 5, 10), Opened, Fresh)
	r.want(mastered(8, 5, 10), Opened, Fresh)
	r.want(mastered(9, 5, 10), TableFull, 0)
	if r.scratch == (box{}) {
		t.Error("a key that was derived for nobody is expected where the test looks for it")
	}
	old := r.Swap(keysOf(0, 1))
	for i := range r.mem.slots {
		if s := &r.mem.slots[i]; s.box != (box{}) || s.derived {
			t.Errorf("slot %d still has its key", i)
		}
	}
	if r.scratch != (box{}) {
		t.Error("the scratch key is still there")
	}
	kept, keptMaster := old.shared, old.master
	old.Wipe()
	if kept[0].box != (box{}) || keptMaster.prk != ([keySize]byte{}) || !old.Empty() {
		t.Error("wiped keys are still there")
	}
	r.Close()
	r.want(shared(7, 5, 10), Undecryptable, 0)
}
