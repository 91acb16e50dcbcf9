package secure

import "testing"

// TestStateWear counts what a day of beats costs: an agent of ten a second, its
// session known, saves as the loop does them.
func TestStateWear(t *testing.T) {
	var d disk
	r := kept(t, &d, 8)
	saves, bytes, last, least := 0, 0, int64(0), 0
	const day, step = int64(86400e9), int64(1e8)
	ctr := uint32(0)
	s := &sender{}
	for now := int64(0); now < day; now += step {
		r.Tick(now)
		ctr++
		if now == 0 {
			r.want(shared(7, 1, ctr), Opened, Fresh)
			s = &r.mem.slots[0]
		} else { // what admit does, without the cipher
			if v, _, _ := s.judge(1, ctr); v != Opened {
				t.Fatal(v)
			}
			r.mem.touched(s, 1, ctr)
		}
		if n := r.Need(); n == NeedSaveNow || n == NeedSave && now-last >= everyNS {
			d.save(r, false)
			saves, bytes, last = saves+1, bytes+len(d.state), now
			least = max(least, int(s.ceil-ctr))
		}
	}
	t.Logf("10 beats a second for a day: %d saves, %d bytes; a ceiling lies %d beats ahead at most", saves, bytes, least)
	if saves > 1460 || bytes > 150e3 || least > 1000 {
		t.Errorf("that is too much")
	}
}

// In steady state neither a frame nor a save allocates.
func TestStateAllocatesNothing(t *testing.T) {
	r := kept(t, &disk{}, 8)
	frames := make([][]byte, 200)
	for i := range frames {
		frames[i] = shared(7, 1, uint32(i+1))
	}
	buf := make([]byte, 0, 4096)
	next := 0
	if n := testing.AllocsPerRun(len(frames)-1, func() {
		if v, _ := r.Open(frames[next], &r.plain); v != Opened {
			t.Fatal(v)
		}
		next++
		b := r.BeginSave(buf, false)
		r.StepSave(b, 256)
		r.Saved(nil, true)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// A pace that rises takes its ceiling along, and one that the counter outran
// while nobody listened does not push it far ahead.
func TestCeilings(t *testing.T) {
	for _, c := range []struct {
		name        string
		beats       uint32
		afterNS     int64
		ctr, ceil   uint32 // of before
		least, most uint32 // how far ahead
	}{
		{"first", 0, 1e9, 1, 0, leadFirst, leadFirst},
		{"first, late", 300, 30e9, 301, 0, 850, 910},
		{"none since", 0, everyNS, 50, 60, 10, 10},
		{"one a minute", 1, everyNS, 50, 51, 5, 6},
		{"ten a second", 600, everyNS, 600, 601, 850, 910},
		{"ten a second, early", 75, 7500e6, 600, 601, 850, 910},
		{"a thousand in no time", 1000, 1e6, 5000, 5000, 60_000, 100_000},
		{"away for a day", 1, 1e9, 900_000, 36_000, 4, 100},
		{"at the end", 600, everyNS, 1<<32 - 5, 1<<32 - 9, 4, 4},
	} {
		s := &saving{everyNS: everyNS, nowNS: 1e15, lastNS: 1e15 - c.afterNS}
		x := &sessions{beats: c.beats, ceil: c.ceil}
		got := s.ceiling(x, c.ctr)
		if ahead := got - c.ctr; ahead < c.least || ahead > c.most || x.mark > got || x.mark < c.ctr && c.beats > 0 {
			t.Errorf("%s: %d ahead, want %d to %d; mark %d", c.name, ahead, c.least, c.most, x.mark-c.ctr)
		}
	}
}
