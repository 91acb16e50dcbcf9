package secure

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"testing"
	"unsafe"

	"golang.org/x/crypto/chacha20poly1305"
)

func TestLengths(t *testing.T) {
	r := newRig(t, Config{}, 9, 1)
	for n := range 200 {
		v := BadLength
		if n == SharedSize || n == MasterSize {
			v = Undecryptable
		}
		r.want(make([]byte, n), v, 0)
	}
	if r.Attempts() != 2 {
		t.Errorf("%d attempts, want 2", r.Attempts())
	}
}

// Every try counts, the master key's too, and none is made after
// the key that fits.
func TestAttempts(t *testing.T) {
	r := newRig(t, Config{}, 9, 1, 2, 3)
	total := uint64(0)
	for _, c := range []struct {
		sealed []byte
		v      Verdict
		tries  uint64
	}{
		{sealShared(testKey(1), 1, 1, frame(7)), Opened, 1},
		{sealShared(testKey(3), 1, 1, frame(7)), Opened, 3},
		{sealShared(testKey(2), 1, 1, frame(7)), Opened, 2},
		{sealShared(testKey(2), 1, 1, frame(7)), Replayed, 2},
		{sealShared(testKey(4), 1, 1, frame(7)), Undecryptable, 3},
		{sealShared(testKey(9), 1, 1, frame(7)), Undecryptable, 3}, // the master key is not a shared one
		{mastered(7, 1, 1), Opened, 1},
		{mastered(7, 1, 2), Opened, 1},
		{sealMaster(testKey(1), 7, 1, 1, frame(7)), Undecryptable, 1}, // nor the other way round
		{make([]byte, 61), BadLength, 0},
	} {
		r.want(c.sealed, c.v, sessionOf(c.sealed, c.v))
		total += c.tries
		if r.Attempts() != total {
			t.Fatalf("%d attempts, want %d", r.Attempts(), total)
		}
	}
}

// sessionOf is Fresh for the first counter of a session in the table above.
func sessionOf(sealed []byte, v Verdict) Session {
	if v == Opened && binary.LittleEndian.Uint32(sealed[len(sealed)-52:]) == 1 {
		return Fresh
	}
	return Current
}

func TestNoKeys(t *testing.T) {
	r := &rig{t: t, Opener: NewOpener(&Keys{}, Config{})}
	r.want(shared(7, 1, 1), Undecryptable, 0)
	r.want(mastered(7, 1, 1), Undecryptable, 0)
}

// Whoever holds an agent's key can seal another pid inside, but not pass.
func TestPIDMismatch(t *testing.T) {
	r := newRig(t, Config{}, 9)
	r.want(sealMaster(testKey(9), 7, 1, 1, frame(8)), PIDMismatch, 0)
	r.want(mastered(7, 1, 1), Opened, Fresh)
	r.want(sealMaster(testKey(9), 7, 1, 2, frame(8)), PIDMismatch, 0)
	r.want(mastered(7, 1, 2), Opened, Current)
	if r.Senders() != 1 {
		t.Errorf("%d senders, want 1", r.Senders())
	}
}

// A 64-byte frame under a shared key is a form that no client has.
func TestSharedKeyInMasterForm(t *testing.T) {
	r := newRig(t, Config{}, 0, 1)
	b := append(binary.LittleEndian.AppendUint32(nil, 7), shared(7, 1, 1)...)
	r.want(b, Undecryptable, 0)
}

// No bit of a frame can be turned over, and none that was refused leaves a trace.
func TestEveryBitCounts(t *testing.T) {
	for _, sealed := range [][]byte{shared(7, 1, 1), mastered(7, 1, 1)} {
		r := newRig(t, Config{}, 9, 1)
		for bit := range len(sealed) * 8 {
			b := bytes.Clone(sealed)
			b[bit/8] ^= 1 << (bit % 8)
			r.want(b, Undecryptable, 0)
		}
		if r.Senders() != 0 {
			t.Errorf("%d senders, want none", r.Senders())
		}
		r.want(sealed, Opened, Fresh)
		if !bytes.Equal(r.plain[:], frame(7)) {
			t.Errorf("opened as %x", r.plain)
		}
	}
}

// A flood of forged pids neither pushes anyone out nor fills the table.
func TestForgedFlood(t *testing.T) {
	r := newRig(t, Config{Senders: 2}, 9, 1)
	r.want(mastered(7, 1, 1), Opened, Fresh)
	forged := mastered(8, 1, 1)
	for pid := range uint32(5000) {
		binary.LittleEndian.PutUint32(forged, pid)
		forged[63]++
		r.want(forged, Undecryptable, 0)
		if pid%100 == 0 {
			r.want(mastered(7, 1, 2+pid), Opened, Current)
		}
	}
	r.want(mastered(9, 1, 1), Opened, Fresh)
	if r.Senders() != 2 || r.mem.filter.held != 0 {
		t.Errorf("%d senders, %d in the filter", r.Senders(), r.mem.filter.held)
	}
}

func TestNothingIsAllocated(t *testing.T) {
	r := newRig(t, Config{Senders: 2}, 9, 1, 2)
	var frames [][]byte
	for i := range uint32(100) {
		frames = append(frames, sealShared(testKey(2), uint64(i/2), i+1, frame(7)), mastered(7, uint64(i/2), i+1), mastered(7+i, 1, 1), make([]byte, i))
	}
	now := int64(0)
	if n := testing.AllocsPerRun(50, func() {
		for _, f := range frames {
			now += paceNS
			r.Tick(now)
			r.Open(f, &r.plain)
		}
	}); n > allocsForNewSenders {
		t.Errorf("%v allocations in a run of %d frames, want %d at most", n, len(frames), allocsForNewSenders)
	}
	if r.mem.filter.held == 0 {
		t.Error("no session went into the filter")
	}
}

// FuzzOpen: what is sealed opens as it was, no other bytes open, and a frame
// opens once.
func FuzzOpen(f *testing.F) {
	f.Fuzz(func(t *testing.T, key, plain []byte, pid uint32, prefix uint64, ctr uint32, flip uint16, wild []byte) {
		var k [32]byte
		copy(k[:], key)
		body := frame(pid)
		copy(body[:4], plain)
		if len(plain) > 4 {
			copy(body[8:], plain[4:])
		}
		keys := &Keys{}
		keys.addShared(ptr(k))
		keys.setMaster(ptr(k))
		r := &rig{t: t, Opener: NewOpener(keys, Config{Senders: 2, FilterBytes: 4096})}
		for _, sealed := range [][]byte{sealShared(&k, prefix, ctr, body), sealMaster(&k, pid, prefix, ctr, body)} {
			damaged := bytes.Clone(sealed)
			damaged[int(flip)/8%len(sealed)] ^= 1 << (flip % 8)
			r.want(damaged, Undecryptable, 0)
			r.want(sealed, Opened, Fresh)
			if !bytes.Equal(r.plain[:], body) {
				t.Fatalf("opened as %x, sealed was %x", r.plain, body)
			}
			r.want(sealed, Replayed, 0)
		}
		if v, _ := r.Open(wild, &r.plain); v == Opened && !libraryOpens(&k, wild) {
			t.Fatalf("%x was opened", wild)
		}
	})
}

func ptr(k [32]byte) *[32]byte { return &k }

// libraryOpens opens b as package secure should.
func libraryOpens(k *[32]byte, b []byte) bool {
	key, head := k[:], b[:0]
	if len(b) == MasterSize {
		head, b = b[:4], b[4:]
		key = libraryAgentKey(k, binary.LittleEndian.Uint32(head))
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil || len(b) != SharedSize {
		return false
	}
	_, err = aead.Open(nil, b[:12], b[12:], head)
	return err == nil
}

// What the package comment says that the table takes.
func TestTableSize(t *testing.T) {
	if n := unsafe.Sizeof(sender{}); n > 900 {
		t.Errorf("a sender takes %d bytes", n)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	o := NewOpener(&Keys{}, Config{})
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 2000<<10 {
		t.Errorf("%d KiB set aside for %d senders and the filter", n>>10, len(o.mem.slots))
	}
	runtime.KeepAlive(o)
}
