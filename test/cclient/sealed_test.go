package cclient

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"vlpd/secure"
	"vlpd/vlp"
)

// Results of vlp.h beyond the faults of a frame.
const (
	badForm = 16 + iota
	badPrefix
	usedUp
	sealFailed
)

const sealedMax = 4 + secure.MasterSize

// sealedRecord is what a record S or L says after that of a beat.
type sealedRecord struct {
	form    byte
	key     [32]byte
	prefix  [8]byte
	counter uint32
	fail    bool
}

func (s *source) sealedRecord() (r sealedRecord) {
	r.form = secure.SharedSize
	switch s.IntN(16) {
	case 0:
		r.form = byte(s.Uint32())
	case 1, 2, 3, 4, 5, 6, 7:
		r.form = secure.MasterSize
	}
	for i := range r.key {
		r.key[i] = byte(s.Uint32())
	}
	binary.LittleEndian.PutUint64(r.prefix[:], s.u64())
	r.counter, r.fail = s.u32(), s.IntN(16) == 0
	return r
}

func (r *sealedRecord) append(b []byte) []byte {
	b = append(append(append(b, r.form), r.key[:]...), r.prefix[:]...)
	if b = put32(b, r.counter); r.fail {
		return append(b, 1)
	}
	return append(b, 0)
}

// refusal is why nothing is sealed; 0 if something is.
func (r *sealedRecord) refusal() byte {
	switch {
	case r.form != secure.SharedSize && r.form != secure.MasterSize:
		return badForm
	case bytes.Count(r.prefix[:], r.prefix[:1]) == len(r.prefix):
		return badPrefix
	case r.counter == 1<<32-1:
		return usedUp
	}
	return 0
}

// seal is the sealed frame with its lead, by the library.
func (r *sealedRecord) seal(wire []byte) []byte {
	aead, err := chacha20poly1305.New(r.key[:])
	if err != nil {
		panic(err)
	}
	var ad []byte
	if r.form == secure.MasterSize {
		ad = wire[4:8]
	}
	nonce := put32(append([]byte(nil), r.prefix[:]...), r.counter)
	out := append([]byte{'V', 'A', 0x82, r.form}, ad...)
	return aead.Seal(append(out, nonce...), nonce, wire, ad)
}

// answer is what the filter must say: the result, the bytes, the agent, and the
// counter, which moves on before anything can fail.
func (r *sealedRecord) answer(want []byte, f *vlp.Frame, panics bool, lastStamp, lastNonce uint64) []byte {
	wire, ft := judged(f)
	why := r.refusal()
	if why == 0 {
		why = byte(ft)
	}
	counter, stamp, nonce := r.counter, lastStamp, lastNonce
	switch {
	case why == badForm || why == badPrefix:
		counter = 0xEEEEEEEE
	case why == 0:
		counter++
		if !panics {
			stamp, nonce = f.Timestamp, f.Nonce
		}
	}
	var out []byte
	switch {
	case why != 0:
	case r.fail:
		why, out = sealFailed, make([]byte, sealedMax)
	default:
		out = r.seal(wire)
	}
	want = untouched(append(append(want, why), out...), sealedMax-len(out))
	return put32(put64(put64(want, stamp), nonce), counter)
}

func (s *source) compareSealed(letter byte) {
	seen := map[byte]int{}
	s.compare(letter, func(b, want []byte) (_, _ []byte) {
		lastStamp, lastNonce, now, f := s.next()
		r := s.sealedRecord()
		b = r.append(beatRecord(b, lastStamp, lastNonce, now, &f))
		if letter == 'L' {
			f.Status, f.Nonce = vlp.Critical, vlp.Terminal
		}
		n := len(want)
		want = r.answer(want, &f, letter == 'L', lastStamp, lastNonce)
		seen[want[n]]++
		return b, want
	})
	for _, why := range []byte{0, byte(vlp.BadPID), badForm, badPrefix, usedUp, sealFailed} {
		if seen[why] == 0 {
			s.t.Errorf("result %d did not occur", why)
		}
	}
}

func TestSealedBeat(t *testing.T) { newSource(t).compareSealed('S') }

func TestSealedPanic(t *testing.T) { newSource(t).compareSealed('L') }

func TestKeys(t *testing.T) {
	s := newSource(t)
	s.compare('K', func(b, want []byte) (_, _ []byte) {
		secret := make([]byte, 32)
		for i := range secret {
			secret[i] = byte(s.Uint32())
		}
		number, what := s.u32(), byte(s.IntN(2))
		b = append(put32(append(b, secret...), number), what)
		word, n := "varta-agent-v1\x00", 32
		if what == 1 {
			word, n, secret = "varta-iv-prefix-v1\x00", 8, secret[:16]
		}
		key, err := hkdf.Key(sha256.New, secret, nil, string(put32([]byte(word), number)), n)
		if err != nil {
			t.Fatal(err)
		}
		return b, untouched(append(append(want, 0), key...), 32-n)
	})
}

// TestOpener: what the C side seals in turn is a session to the observer, and
// each frame of it opens once.
func TestOpener(t *testing.T) {
	s := newSource(t)
	var r sealedRecord
	master, path := bytes.Repeat([]byte{7}, 32), filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(hex.EncodeToString(master)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, form := range []byte{secure.SharedSize, secure.MasterSize} {
		files := secure.Files{Primary: path}
		r = sealedRecord{form: form, key: [32]byte(master), prefix: [8]byte{1, 2, 3, 4, 5, 6, 7, form}}
		if form == secure.MasterSize {
			files = secure.Files{Master: path}
			r.key = agentKey(s, master, 42)
		}
		keys, err := secure.Load(files)
		if err != nil {
			t.Fatal(err)
		}
		o := secure.NewOpener(keys, secure.Config{Senders: 1})
		for n := range uint32(100) {
			r.counter = n
			record := beatRecord([]byte{'S'}, 0, uint64(n), 5, &vlp.Frame{PID: 42})
			frame := s.ask(r.append(record))[5:][:form]
			var plain [secure.PlainSize]byte
			var f vlp.Frame
			v, session := o.Open(frame, &plain)
			if v != secure.Opened || (session == secure.Fresh) != (n == 0) || vlp.Decode(&plain, &f) != vlp.None || f.Nonce != uint64(n)+1 {
				t.Fatalf("frame %d of form %d: verdict %v, session %v, %+v", n, form, v, session, f)
			}
			if v, _ := o.Open(frame, &plain); v != secure.Replayed {
				t.Fatalf("frame %d of form %d a second time: verdict %v", n, form, v)
			}
		}
	}
}

// agentKey is derived by the C side.
func agentKey(s *source, master []byte, id uint32) [32]byte {
	return [32]byte(s.ask(append(put32(append([]byte{'K'}, master...), id), 0))[1:])
}
