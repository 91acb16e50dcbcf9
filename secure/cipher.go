package secure

import (
	"crypto/cipher"
	"crypto/sha256"

	"golang.org/x/crypto/chacha20poly1305"
)

// box is one key of ChaCha20-Poly1305.
type box struct{ aead cipher.AEAD }

// set makes an object for the key; the one before goes to the collector.
func (b *box) set(key *[keySize]byte) {
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		panic("secure: " + err.Error()) // FIPS 140-only mode
	}
	b.aead = aead
}

// open opens nonce, ciphertext and tag into dst.
func (b *box) open(dst *[PlainSize]byte, aad []byte, sealed *[SharedSize]byte) bool {
	_, err := b.aead.Open(dst[:0], sealed[:nonceSize], sealed[nonceSize:], aad)
	return err == nil
}

// wipe forgets the key; the library keeps its copy where it cannot be reached.
func (b *box) wipe() { b.aead = nil }

func sum256(b []byte) [keySize]byte { return sha256.Sum256(b) }
