package secure

import (
	"strconv"

	"vlpd/lean"
	"vlpd/secret"
)

// Keys is a set of keys, made once and not changed until Wipe.
type Keys struct {
	shared []sharedKey // the primary one first
	master *masterKey
}

type sharedKey struct {
	id  uint64
	box box
}

// masterKey is what is left of a master key: that from which agents' keys are
// derived.
type masterKey struct {
	id  uint64
	prk [keySize]byte
}

const keySize = secret.KeyBytes

// Files names the files that keys are read from; "" is none. A file that
// others can read or replace is refused, see package secret.
type Files struct {
	Primary  string // one line of 64 hex digits
	Accepted string // any number of such lines
	Master   string // 64 hex digits
}

// Load reads key files. Blank lines and lines that begin with # do not count,
// but in a master key file nothing except white space around the digits is
// allowed. It may block. An error begins with the path; on an error there are
// no keys.
func Load(f Files) (*Keys, error) {
	k := &Keys{}
	if err := k.load(f); err != nil {
		k.Wipe()
		return nil, err
	}
	return k, nil
}

func (k *Keys) load(f Files) error {
	if f.Primary != "" {
		n, err := k.loadLines(f.Primary)
		switch {
		case err != nil:
			return err
		case n == 0:
			return lean.New(f.Primary + ": no key found in file (expected exactly one)")
		case n > 1:
			return lean.New(f.Primary + ": multiple primary keys found (expected exactly one)")
		}
	}
	if f.Accepted != "" {
		if _, err := k.loadLines(f.Accepted); err != nil {
			return err
		}
	}
	if f.Master != "" {
		return k.loadMaster(f.Master)
	}
	return nil
}

// loadLines adds the keys in a file of lines and returns how many lines they are.
func (k *Keys) loadLines(path string) (n int, err error) {
	text, err := secret.ReadFile(path)
	if err != nil {
		return 0, err
	}
	defer clear(text)
	for line, rest := 1, text; len(rest) > 0; line++ {
		var digits []byte
		digits, rest = cutLine(rest)
		digits = lean.TrimBlanks(digits)
		if len(digits) == 0 || digits[0] == '#' {
			continue
		}
		key, err := secret.ParseHex(digits)
		if err != nil {
			return 0, lean.Mark(path+": line "+strconv.Itoa(line)+": key "+err.Error(), err)
		}
		k.addShared(&key)
		n++
	}
	return n, nil
}

// cutLine splits text behind its first line.
func cutLine(text []byte) (line, rest []byte) {
	for i, c := range text {
		if c == '\n' {
			return text[:i], text[i+1:]
		}
	}
	return text, nil
}

func (k *Keys) loadMaster(path string) error {
	text, err := secret.ReadFile(path)
	if err != nil {
		return err
	}
	defer clear(text)
	key, err := secret.ParseHex(lean.TrimBlanks(text))
	if err != nil {
		return lean.Mark(path+": key "+err.Error(), err)
	}
	k.setMaster(&key)
	return nil
}

// addShared adds a key, once, and overwrites where it came from.
func (k *Keys) addShared(key *[keySize]byte) {
	id := keyID('s', key)
	if !k.has(id) {
		// Grown by hand: append would leave copies behind.
		more := make([]sharedKey, len(k.shared)+1)
		copy(more, k.shared)
		more[len(k.shared)].id = id
		more[len(k.shared)].box.set(key)
		clear(k.shared)
		k.shared = more
	}
	clear(key[:])
}

func (k *Keys) setMaster(key *[keySize]byte) {
	k.master = &masterKey{id: keyID('m', key), prk: extract(key)}
	clear(key[:])
}

// keyID tells keys apart without being one. A key used in both roles is two.
func keyID(role byte, key *[keySize]byte) uint64 {
	mac := hmac(key, []byte{'v', 'l', 'p', 'd', ' ', 'i', 'd', ' ', role})
	return leUint64(mac[:])
}

// Empty reports that there is no key at all.
func (k *Keys) Empty() bool { return len(k.shared) == 0 && k.master == nil }

func (k *Keys) has(id uint64) bool {
	if id == k.masterID() {
		return true
	}
	for i := range k.shared {
		if k.shared[i].id == id {
			return true
		}
	}
	return false
}

// masterID is the id of the master key, or 0, which is no sender's.
func (k *Keys) masterID() uint64 {
	if k.master == nil {
		return 0
	}
	return k.master.id
}

// Wipe overwrites the keys. What the runtime may have copied, or the kernel
// put on swap, it cannot reach.
func (k *Keys) Wipe() {
	for i := range k.shared {
		k.shared[i].box.wipe()
	}
	k.shared = nil
	if k.master != nil {
		clear(k.master.prk[:])
		k.master = nil
	}
}
