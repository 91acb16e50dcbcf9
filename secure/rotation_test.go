package secure

import "testing"

// A panic frame has a prefix of its own. Its process may live on, in the
// session it had, which is not an earlier one for it.
func TestPanicFrameEndsNoSession(t *testing.T) {
	r := newRig(t, Config{}, 0, 1)
	last := frame(7)
	for i := range 8 {
		last[atNonce+i] = 0xff
	}
	panics := func(prefix uint64) []byte { return sealShared(testKey(1), prefix, 1, last) }
	r.want(shared(7, 1, 10), Opened, Fresh)
	r.want(panics(2), Opened, Fresh)
	r.want(shared(7, 1, 11), Opened, Current)
	r.want(panics(2), Replayed, 0)
	r.want(shared(7, 3, 1), Opened, Fresh) // and started anew
	r.want(shared(7, 1, 12), Opened, Earlier)
	r.want(panics(4), Opened, Fresh)
	r.want(shared(7, 3, 2), Opened, Current)
}

// One that is the first of its sender is its session, for want of another. Under
// another key it says as little as under the same.
func TestPanicFrameFirst(t *testing.T) {
	r := newRig(t, Config{}, 0, 1, 2)
	last := frame(7)
	for i := range 8 {
		last[atNonce+i] = 0xff
	}
	r.want(sealShared(testKey(1), 2, 1, last), Opened, Fresh)
	r.want(sealShared(testKey(1), 2, 2, last), Opened, Current)
	r.want(sealShared(testKey(2), 5, 1, frame(7)), Opened, Fresh)
	r.want(sealShared(testKey(1), 3, 1, last), Opened, Fresh)
	r.want(sealShared(testKey(2), 5, 2, frame(7)), Opened, Current)
}

// TestKeyRotation: while the old key is accepted too, a late frame under it
// does not speak for the session that began under the new one, and a session
// that begins under the old key again does.
func TestKeyRotation(t *testing.T) {
	o := NewOpener(keysOf(3, 1, 2), Config{Senders: 8, FilterBytes: 4096})
	master := func(prefix uint64, ctr uint32) []byte {
		return sealMaster(testKey(3), 9, prefix, ctr, frame(9))
	}
	shared := func(key byte, prefix uint64, ctr uint32) []byte {
		return sealShared(testKey(key), prefix, ctr, frame(9))
	}
	for i, c := range []struct {
		sealed []byte
		want   Session
	}{
		{shared(1, 10, 1), Fresh},
		{shared(1, 10, 2), Current},
		{shared(2, 20, 1), Fresh}, // started again, with the new key
		{shared(2, 20, 2), Current},
		{shared(1, 10, 9), Earlier}, // held up on its way
		{shared(2, 20, 3), Current},
		{master(30, 1), Fresh},
		{shared(2, 20, 4), Earlier},
		{master(30, 2), Current},
		{shared(1, 11, 1), Fresh}, // back to the old key
		{shared(1, 11, 2), Current},
		{master(30, 3), Earlier},
	} {
		var plain [PlainSize]byte
		if v, s := o.Open(c.sealed, &plain); v != Opened || s != c.want {
			t.Errorf("frame %d: %v, session %d, want opened, %d", i, v, s, c.want)
		}
	}
}
