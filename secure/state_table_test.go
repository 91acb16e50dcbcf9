package secure

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// crowd is kept with senders, a session in the filter, and a key that will be
// gone, saved as by an orderly stop.
func crowd(t *testing.T) (d disk) {
	r := kept(t, &d, 8)
	for s := range uint64(Sessions + 1) {
		r.Tick(int64(s) * paceNS)
		r.want(shared(7, s, 5), Opened, Fresh)
	}
	r.want(mastered(8, 1, 5), Opened, Fresh)
	r.want(sealShared(testKey(2), 1, 5, frame(9)), Opened, Fresh)
	d.save(r, true)
	return d
}

// back is a rig without the key of 2s into which d came back.
func back(t *testing.T, d *disk, senders int) *rig {
	r := newRig(t, Config{Senders: senders, FilterBytes: 1 << 18}, 9, 1)
	r.Keep(everyNS)
	r.Tick(1e15)
	if err := r.Restore(d.state, d.filter); err != nil {
		t.Fatal(err)
	}
	return r
}

// Whatever the size of the table, what was accepted stays refused; who has a
// place goes on, and so does the pace of sessions.
func TestStateIntoTables(t *testing.T) {
	saved := crowd(t)
	for _, senders := range []int{8, 3, 2, 1} {
		r := back(t, &saved, senders)
		again := disk{filter: saved.filter}
		if again.save(r, true); senders >= 3 && !bytes.Equal(again.state, saved.state) {
			t.Errorf("%d senders: saved again it is another", senders)
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
		r.want(shared(7, 1000, 1), TableFull, 0)
		r.Swap(keysOf(9, 1, 2))
		r.want(sealShared(testKey(2), 1, 5, frame(9)), Replayed, 0)
	}
}

// Whose key is gone when the memory comes back is the first to lose its place.
func TestStateWithoutAKey(t *testing.T) {
	saved := crowd(t)
	r := back(t, &saved, 3)
	r.want(shared(10, 1, 1), Opened, Fresh)
	r.want(shared(11, 1, 1), TableFull, 0)
}

// A sender that stands there twice is one, and all of it is remembered, also
// what it has no room for.
func TestStateOfTwins(t *testing.T) {
	var d disk
	r := kept(t, &d, 2)
	for s := range uint64(Sessions) {
		r.want(shared(7, s, 5), Opened, Fresh)
	}
	d.save(r, true)
	twin := bytes.Clone(d.state[stateHead:])
	for b := twin[senderSize:]; len(b) > 0; b = b[sessionSize:] {
		binary.LittleEndian.PutUint64(b, binary.LittleEndian.Uint64(b)+Sessions)
	}
	d.state = append(d.state, twin...)
	d.state[atSenders] = 2
	if r = kept(t, &d, 2); r.Senders() != 1 {
		t.Errorf("%d senders", r.Senders())
	}
	for s := range uint64(2 * Sessions) {
		r.want(shared(7, s, 5), Replayed, 0)
	}
}
