package secure

import (
	"math/rand/v2"
	"testing"
)

func TestCounterRises(t *testing.T) {
	for _, mk := range []func(pid uint32, prefix uint64, ctr uint32) []byte{shared, mastered} {
		r := newRig(t, Config{}, 9, 1)
		r.want(mk(7, 100, 0), Opened, Fresh) // Python's first
		r.want(mk(7, 100, 0), Replayed, 0)
		r.want(mk(7, 100, 5), Opened, Current)
		r.want(mk(7, 100, 4), Replayed, 0) // overtaken
		r.want(mk(7, 100, 1<<32-1), Opened, Current)
		r.want(mk(7, 100, 1<<32-1), Replayed, 0)
		r.want(mk(8, 100, 1), Opened, Fresh) // another agent, the same prefix by chance
		r.want(mk(7, 101, 1), Opened, Fresh)
		r.want(mk(7, 100, 1<<32-1), Replayed, 0)
	}
}

// The roles of a key and different keys have memories of their own.
func TestMemoryIsPerKey(t *testing.T) {
	r := newRig(t, Config{}, 1, 1, 2)
	r.want(shared(7, 5, 9), Opened, Fresh)
	r.want(sealShared(testKey(2), 5, 9, frame(7)), Opened, Fresh)
	r.want(sealMaster(testKey(1), 7, 5, 9, frame(7)), Opened, Fresh)
	if r.Senders() != 3 {
		t.Errorf("%d senders, want 3", r.Senders())
	}
}

// A datagram of an earlier session that was held back is opened, once, and
// told apart from the current one.
func TestEarlierSession(t *testing.T) {
	r := newRig(t, Config{}, 0, 1)
	r.want(shared(7, 1, 10), Opened, Fresh)
	r.want(shared(7, 2, 1), Opened, Fresh)
	r.want(shared(7, 1, 11), Opened, Earlier)
	r.want(shared(7, 1, 11), Replayed, 0)
	r.want(shared(7, 2, 2), Opened, Current)
	r.want(shared(7, 3, 1), Opened, Fresh)
	r.want(shared(7, 2, 3), Opened, Earlier)
}

// The original forgets a session after two more. Here none is
// forgotten, be it known exactly or to the filter only.
func TestNoSessionIsForgotten(t *testing.T) {
	r := newRig(t, Config{}, 9, 1)
	for s := range uint64(300) {
		r.Tick(int64(s) * paceNS)
		r.want(mastered(7, mix(s), 3), Opened, Fresh)
		for old := range s {
			r.want(mastered(7, mix(old), 3), Replayed, 0)
		}
		if s >= Sessions { // those in the filter are over
			r.want(mastered(7, mix(s-Sessions), 4), Replayed, 0)
		}
		r.want(mastered(7, mix(s), 4), Opened, Current)
	}
	if r.mem.filter.held != 300-Sessions {
		t.Errorf("%d sessions in the filter, want %d", r.mem.filter.held, 300-Sessions)
	}
}

// Which session goes is decided by when it was heard, not by when it began.
func TestTheSessionInUseStays(t *testing.T) {
	r := newRig(t, Config{}, 0, 1)
	r.want(shared(7, 1000, 1), Opened, Fresh)
	for s := range uint64(3 * Sessions) {
		r.Tick(int64(s) * paceNS)
		r.want(shared(7, s, 1), Opened, Fresh)
		r.want(shared(7, 1000, uint32(s+2)), Opened, Earlier)
	}
}

// Beyond the 64 a sender begins one session in ten minutes, and a session that
// was refused for haste is accepted when its time has come.
func TestPace(t *testing.T) {
	r := newRig(t, Config{}, 0, 1)
	r.Tick(1e9)
	for s := range uint64(Sessions + 1) {
		r.want(shared(7, s, 1), Opened, Fresh)
	}
	for s := range uint64(100) {
		r.want(shared(7, 1000+s, 1), TableFull, 0)
	}
	r.want(shared(7, Sessions, 2), Opened, Current) // the running one is not disturbed
	r.want(shared(8, 1, 1), Opened, Fresh)          // nor is anyone else
	r.Tick(1e9 + paceNS - 1)
	r.want(shared(7, 1000, 1), TableFull, 0)
	r.Tick(1e9 + paceNS)
	r.want(shared(7, 1000, 1), Opened, Fresh)
	r.want(shared(7, 1001, 1), TableFull, 0)
	if r.mem.filter.held != 2 {
		t.Errorf("%d sessions in the filter, want 2", r.mem.filter.held)
	}
}

// A full table refuses the new and keeps the known; who was silent for a day
// makes room, and its old frames stay refused.
func TestFullTable(t *testing.T) {
	r := newRig(t, Config{Senders: 4}, 9)
	for pid := range uint32(4) {
		r.Tick(int64(pid))
		r.want(mastered(10+pid, 1, 5), Opened, Fresh)
	}
	for pid := range uint32(200) {
		r.want(mastered(1000+pid, 1, 1), TableFull, 0)
		r.want(mastered(10+pid%4, 1, 6+pid), Opened, Current)
	}
	r.Tick(3 + retireNS - 1)
	r.want(mastered(20, 1, 1), TableFull, 0)
	r.want(mastered(10, 1, 500), Opened, Current) // 10 was heard again
	r.Tick(3 + retireNS)
	r.want(mastered(20, 1, 1), Opened, Fresh) // in the place of 11
	r.want(mastered(11, 1, 900), Replayed, 0)
	r.want(mastered(11, 2, 1), Opened, Fresh) // in the place of 12
	r.want(mastered(10, 1, 501), Opened, Current)
	if r.Senders() != 4 || r.mem.filter.held != 2 {
		t.Errorf("%d senders and %d sessions in the filter, want 4 and 2", r.Senders(), r.mem.filter.held)
	}
}

// Any order of sessions, senders, copies and days agrees with a memory that
// has no end, but for refusing more.
func TestAgainstPerfectMemory(t *testing.T) {
	for seed := range uint64(8) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		r := newRig(t, Config{Senders: 5, FilterBytes: 1 << 16}, 0, 1)
		type session struct {
			pid    uint32
			prefix uint64
		}
		highest := map[session]uint32{}
		now, opened, refused := int64(0), 0, 0
		for range 20000 {
			if rnd.IntN(50) == 0 {
				now += rnd.Int64N(2 * retireNS / 10)
				r.Tick(now)
			}
			s := session{uint32(2 + rnd.IntN(8)), uint64(rnd.IntN(300))}
			ctr := uint32(rnd.IntN(1000))
			v, as := r.Open(shared(s.pid, s.prefix, ctr), &r.plain)
			last, known := highest[s]
			switch {
			case v == Opened && known && ctr <= last:
				t.Fatalf("seed %d: %+v with %d is a replay of %d and was opened", seed, s, ctr, last)
			case v == Opened && as == Fresh && known:
				t.Fatalf("seed %d: %+v is called fresh again", seed, s)
			case v == Opened:
				highest[s] = ctr
				opened++
			default:
				refused++
			}
		}
		if opened < 1000 || refused < 1000 {
			t.Fatalf("seed %d: %d opened and %d refused", seed, opened, refused)
		}
	}
}

// Senders come and go, and each is found as long as it is there.
func TestIndexSurvivesChurn(t *testing.T) {
	var m memory
	m.init(Config{Senders: 32, FilterBytes: 4096})
	rnd := rand.New(rand.NewPCG(4, 4))
	live := map[identity]bool{}
	now := int64(0)
	for range 5000 {
		who := identity{uint64(rnd.IntN(3)), rnd.Uint32N(60)}
		slot, ok := m.find(who)
		if ok != live[who] || (ok && m.slots[slot].identity != who) {
			t.Fatalf("find %v: %d, %v; want %v", who, slot, ok, live[who])
		}
		if ok {
			continue
		}
		now += retireNS + 1
		full := m.used == len(m.slots)
		var before map[identity]bool
		if full {
			before = live
		}
		if m.place(now, who) < 0 {
			t.Fatal("no place although all were silent for a day")
		}
		live = map[identity]bool{}
		for i := range m.slots[:m.used] {
			live[m.slots[i].identity] = true
		}
		if full && len(live) != len(before) {
			t.Fatalf("%d senders, were %d", len(live), len(before))
		}
	}
}
