package secure

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"vlpd/vlp"
)

// Frames are sealed with the libraries alone, so that a mistake here cannot
// undo itself.

func (v Verdict) String() string {
	names := [...]string{"opened", "bad length", "undecryptable", "pid mismatch", "replayed", "table full"}
	return names[v]
}

func nonce(prefix uint64, ctr uint32) []byte {
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint64(nil, prefix), ctr)
}

func seal(key, head, nonce, plain []byte) []byte {
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		panic(err)
	}
	return aead.Seal(append(append([]byte(nil), head...), nonce...), nonce, plain, head)
}

func sealShared(key *[32]byte, prefix uint64, ctr uint32, plain []byte) []byte {
	return seal(key[:], nil, nonce(prefix, ctr), plain)
}

func sealMaster(master *[32]byte, pid uint32, prefix uint64, ctr uint32, plain []byte) []byte {
	key := libraryAgentKey(master, pid)
	return seal(key, binary.LittleEndian.AppendUint32(nil, pid), nonce(prefix, ctr), plain)
}

func libraryAgentKey(master *[32]byte, pid uint32) []byte {
	info := fmt.Sprintf("varta-agent-v1\x00%s", binary.LittleEndian.AppendUint32(nil, pid))
	key, err := hkdf.Key(sha256.New, master[:], nil, info, 32)
	if err != nil {
		panic(err)
	}
	return key
}

// agentKey is the key that masterKey.derive puts into a box.
func agentKey(master *[32]byte, pid uint32) (okm [32]byte) {
	prk := extract(master)
	info := binary.LittleEndian.AppendUint32([]byte(agentInfo), pid)
	return hmac(&prk, append(info, 1))
}

// frame is a plain frame of an agent.
func frame(pid uint32) []byte {
	return vlp.Append(nil, &vlp.Frame{Timestamp: 5, Nonce: 6, PID: pid, Payload: 7})
}

// testKey is a key of 32 equal bytes.
func testKey(fill byte) *[32]byte {
	var k [32]byte
	for i := range k {
		k[i] = fill
	}
	return &k
}

// keysOf makes shared keys and, if it is not 0, a master key.
func keysOf(master byte, shared ...byte) *Keys {
	k := &Keys{}
	for _, fill := range shared {
		k.addShared(testKey(fill))
	}
	if master != 0 {
		k.setMaster(testKey(master))
	}
	return k
}

// rig opens frames of one key and tells what became of them.
type rig struct {
	t testing.TB
	*Opener
	plain [PlainSize]byte
}

func newRig(t testing.TB, c Config, master byte, shared ...byte) *rig {
	return &rig{t: t, Opener: NewOpener(keysOf(master, shared...), c)}
}

// want opens a frame and compares.
func (r *rig) want(sealed []byte, v Verdict, s Session) {
	r.t.Helper()
	got, session := r.Open(sealed, &r.plain)
	if got != v || (v == Opened && session != s) {
		r.t.Fatalf("%v, session %d; want %v, session %d", got, session, v, s)
	}
}

// shared seals under the key of 1s.
func shared(pid uint32, prefix uint64, ctr uint32) []byte {
	return sealShared(testKey(1), prefix, ctr, frame(pid))
}

// mastered seals under the master key of 9s.
func mastered(pid uint32, prefix uint64, ctr uint32) []byte {
	return sealMaster(testKey(9), pid, prefix, ctr, frame(pid))
}
