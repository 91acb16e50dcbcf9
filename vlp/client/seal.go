package client

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"math"

	"golang.org/x/crypto/chacha20poly1305"

	"vlpd/vlp"
)

// The pieces of a sealed frame; package secure draws it.
const (
	leadSize   = 4 // in a stream only
	pidSize    = 4 // under a master key only
	prefixSize = 8
	nonceSize  = prefixSize + 4
	tagSize    = 16
	sharedSize = nonceSize + vlp.Size + tagSize
	masterSize = pidSize + sharedSize
	maxWire    = leadSize + masterSize
)

// seal is the session of a client with a key.
//
// What must never happen is that two frames are sealed with the same key and
// nonce (RFC 8439, 2.8). So the counter moves with every frame that is sealed,
// also with those that are then not sent; and a client that connects again keeps
// its session, for a socket has nothing to do with it. Observers need to
// remember one session a process, and not one a connection.
type seal struct {
	key     Key
	master  bool // the 64-byte form
	derived bool // key is the agent's own already

	aead   cipher.AEAD
	lead   []byte // what leads each frame: lead of a stream, pid
	aad    []byte // the pid in it, under a master key
	salt   [16]byte
	index  uint32 // of the prefix
	ctr    uint32 // of the last frame
	nonce  [nonceSize]byte
	source func([]byte) (int, error) // of entropy, for tests
}

// begin derives what a session needs; the only entropy is read here.
func (s *seal) begin(id uint32, stream bool) error {
	key := s.key
	s.key = Key{}
	if s.master && !s.derived {
		var err error
		if key, err = DeriveKey(key, id); err != nil {
			return err
		}
	}
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		return err
	}
	s.aead = aead
	size := byte(sharedSize)
	if s.master {
		size = masterSize
	}
	if stream {
		s.lead = append(s.lead, 'V', 'A', 2|0x80, size)
	}
	if s.master {
		s.lead = binary.LittleEndian.AppendUint32(s.lead, id)
		s.aad = s.lead[len(s.lead)-pidSize:]
	}
	return s.session()
}

// session draws a salt and begins with its first prefix.
func (s *seal) session() error {
	read := s.source
	if read == nil {
		read = rand.Read
	}
	if _, err := read(s.salt[:]); err != nil {
		return err
	}
	s.index = 0
	return s.prefix()
}

// prefix derives the prefix of index. Only when there is one does the counter
// begin again, so that no failure puts it back in front of the old prefix.
func (s *seal) prefix() error {
	info := binary.LittleEndian.AppendUint32([]byte("varta-iv-prefix-v1\x00"), s.index)
	p, err := hkdf.Key(sha256.New, s.salt[:], nil, string(info), prefixSize)
	if err != nil {
		return err
	}
	copy(s.nonce[:], p)
	s.ctr = 0
	return nil
}

// append seals plain into dst, which has room for maxWire.
func (s *seal) append(dst []byte, plain *[vlp.Size]byte) []byte {
	if s.ctr == math.MaxUint32 {
		s.rotate()
	}
	s.ctr++
	binary.LittleEndian.PutUint32(s.nonce[prefixSize:], s.ctr)
	dst = append(dst, s.lead...)
	dst = append(dst, s.nonce[:]...)
	return s.aead.Seal(dst, s.nonce[:], plain[:], s.aad)
}

// rotate goes on with another prefix, and when those of the salt are used up
// with another salt.
func (s *seal) rotate() {
	var err error
	if s.index == math.MaxUint32 {
		err = s.session()
	} else {
		s.index++
		err = s.prefix()
	}
	if err != nil {
		panic("client: " + err.Error()) // neither fails where it succeeded in begin
	}
}

// DeriveKey returns the key of the agent id under a master key: what a device
// needs to beat WithDerivedKey, so that none holds the keys of all.
func DeriveKey(master Key, id uint32) (k Key, err error) {
	info := binary.LittleEndian.AppendUint32([]byte("varta-agent-v1\x00"), id)
	okm, err := hkdf.Key(sha256.New, master[:], nil, string(info), len(k))
	copy(k[:], okm)
	return k, err
}
