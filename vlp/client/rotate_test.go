package client

import (
	"errors"
	"math"
	"testing"

	"vlpd/vlp"
)

// No entropy for the next salt, a panic that the program recovers, a beat again:
// no nonce comes twice, and not even a prefix of the used-up salt.
func TestNoEntropyAtRotation(t *testing.T) {
	dry := false
	s := &seal{key: fill(1), source: func(p []byte) (int, error) {
		if dry {
			return 0, errors.New("dry")
		}
		return len(p), nil
	}}
	if err := s.begin(7, false); err != nil {
		t.Fatal(err)
	}
	var plain [vlp.Size]byte
	s.append(nil, &plain)
	s.index, s.ctr, dry = math.MaxUint32, math.MaxUint32, true
	for range 3 {
		func() {
			defer func() { _ = recover() }()
			t.Errorf("sealed with %x", s.append(nil, &plain)[:nonceSize])
		}()
	}
}
