package ring

import "testing"

// TestPutIsNotSeenBeforePublish: the consumer sees all or nothing, the producer
// knows what is in use, and Reclaim leaves nothing unpublished behind.
func TestPutIsNotSeenBeforePublish(t *testing.T) {
	for _, first := range starts {
		r := newAt[int](4, first)
		for v := range 3 {
			r.Put(&v)
		}
		if r.Used() != 3 || r.Len() != 0 {
			t.Errorf("used %d, length %d", r.Used(), r.Len())
		}
		claim(t, r, 4, 0, 0)
		r.Publish()
		claim(t, r, 2, 0, 2)
		r.Release()
		for v := 3; v < 6; v++ {
			if !r.Put(&v) {
				t.Errorf("no room for %d", v)
			}
		}
		if v := 6; r.Put(&v) {
			t.Error("put into a full ring")
		}
		if n := r.Reclaim(3); n != 3 {
			t.Errorf("reclaimed %d of what was put, expected 3", n)
		}
		claim(t, r, 4, 5, 6)
		r.Release()
	}
}

// TestUnused: the producer may have all slots when nothing is put, unread or
// claimed, and none of them otherwise.
func TestUnused(t *testing.T) {
	for _, first := range starts {
		r := newAt[int](4, first)
		free := func(when string, want bool) {
			if got := len(r.Unused()) == 4; got != want {
				t.Errorf("%s: free %v, want %v", when, got, want)
			}
		}
		free("new", true)
		r.Put(new(int))
		free("put", false)
		r.Publish()
		free("published", false)
		claim(t, r, 4, 0, 1)
		free("claimed", false)
		r.Release()
		free("released", true)
	}
}
