package secure

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
)

const everyNS = int64(60e9)

// disk is what was saved last, whole.
type disk struct{ state, filter []byte }

// save does a whole save, a few senders at a time.
func (d *disk) save(r *rig, exact bool) {
	b := r.BeginSave(nil, exact)
	for done := false; !done; {
		b, done = r.StepSave(b, 3)
	}
	var f []byte
	if r.FilterDue() {
		f = r.SaveFilter(nil, b)
		d.filter = f
	}
	d.state = b
	r.Saved(f, true)
}

// kept is a rig whose memory is kept, and came from d if there is something.
func kept(t testing.TB, d *disk, senders int) *rig {
	r := newRig(t, Config{Senders: senders, FilterBytes: 1 << 18}, 9, 1, 2)
	r.Keep(everyNS)
	if d.state != nil {
		if err := r.Restore(d.state, d.filter); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// After an orderly stop nothing is lost and nothing is taken twice.
func TestStateAfterAStop(t *testing.T) {
	var d disk
	r := kept(t, &d, 8)
	r.want(shared(7, 1, 5), Opened, Fresh)
	r.want(mastered(8, 1, 5), Opened, Fresh)
	r.want(shared(7, 2, 0), Opened, Fresh)
	d.save(r, true)
	r = kept(t, &d, 8)
	r.want(shared(7, 1, 5), Replayed, 0)
	r.want(mastered(8, 1, 5), Replayed, 0)
	r.want(shared(7, 2, 0), Replayed, 0)
	r.want(shared(7, 2, 1), Opened, Current)
	r.want(mastered(8, 1, 6), Opened, Current)
	r.want(shared(7, 1, 6), Opened, Earlier)
}

// agent is one that beats on while the observer comes and goes.
type agent struct {
	pid    uint32
	prefix uint64
	ctr    uint32
	every  int64 // ns
	next   int64
}

// world is agents of all paces, and all that was ever accepted of them.
type world struct {
	t        *testing.T
	rnd      *rand.Rand
	now      int64
	agents   []*agent
	accepted [][]byte
	saves    int
}

// beat sends what is due to an observer that began at that time.
func (w *world) beat(r *rig, begin int64) {
	for _, a := range w.agents {
		if a.next > w.now {
			continue
		}
		a.next += a.every
		a.ctr++
		if w.rnd.IntN(3000) == 0 {
			a.prefix, a.ctr = a.prefix+1, 0
		}
		frame := shared(a.pid, a.prefix, a.ctr)
		switch v, _ := r.Open(frame, &r.plain); {
		case v == Opened:
			w.accepted = append(w.accepted, frame)
		case v != Replayed:
			w.t.Fatal(v)
		case w.now-begin > 2*everyNS+5*a.every:
			w.t.Fatalf("the agent of %d ms is still refused %d s after the start", a.every/1e6, (w.now-begin)/1e9)
		}
	}
}

// run lets an observer run for a while, and cuts the power.
func (w *world) run(d *disk, ns int64) {
	r := kept(w.t, d, 16)
	r.Tick(w.now)
	d.save(r, true)
	begin, last := w.now, w.now
	for ; w.now < begin+ns; w.now += 1e8 {
		r.Tick(w.now)
		w.beat(r, begin)
		if n := r.Need(); n == NeedSaveNow || n == NeedSave && w.now-last >= everyNS {
			d.save(r, false)
			w.saves, last = w.saves+1, w.now
		}
	}
}

// TestStateAfterPowerCuts: agents of all paces beat, sessions begin, and the
// power is cut again and again. Whatever was accepted once is refused ever
// after, and an agent that beats on comes back within two saves' time.
func TestStateAfterPowerCuts(t *testing.T) {
	w := &world{t: t, rnd: rand.New(rand.NewPCG(1, 2))}
	for i := range 12 {
		every := []int64{1e8, 1e9, 7e9, 40e9}[i%4]
		w.agents = append(w.agents, &agent{pid: uint32(100 + i), prefix: uint64(i) << 8, every: every, next: w.rnd.Int64N(every)})
	}
	var d disk
	for range 12 {
		w.run(&d, w.rnd.Int64N(300e9))
		r := kept(t, &d, 16)
		for _, frame := range w.accepted {
			r.want(frame, Replayed, 0)
		}
	}
	t.Logf("%d frames accepted in %d s, 12 cuts, %d saves; all refused after each cut", len(w.accepted), w.now/1e9, w.saves)
}

// The lead of a session is not that of the next.
func TestStateOfANewSession(t *testing.T) {
	var d disk
	r := kept(t, &d, 4)
	for ctr := range uint32(1000) {
		r.want(shared(7, 1, ctr), Opened, map[bool]Session{true: Fresh, false: Current}[ctr == 0])
	}
	d.save(r, false)
	if r.want(shared(7, 2, 0), Opened, Fresh); r.Need() != NeedSaveNow {
		t.Error("a new session does not want to be saved at once")
	}
	d.save(r, false)
	r = kept(t, &d, 4)
	r.want(shared(7, 2, leadFirst), Replayed, 0)
	r.want(shared(7, 2, leadFirst+1), Opened, Current)
	r.want(shared(7, 1, 999), Replayed, 0)
}

func TestStateRefuses(t *testing.T) {
	var d disk
	r := kept(t, &d, 4)
	for s := range uint64(Sessions + burntPlenty + 3) {
		r.Tick(int64(s) * paceNS)
		r.want(shared(7, s, 5), Opened, Fresh)
		d.save(r, false)
	}
	at := func(b []byte, i int, v byte) []byte {
		b = bytes.Clone(b)
		b[i] = v
		return b
	}
	older := binary.LittleEndian.AppendUint64(nil, 1)
	for _, c := range []struct {
		name          string
		state, filter []byte
		want          string
	}{
		{"empty", nil, d.filter, "does not begin with vlpdREP2"},
		{"another version", at(d.state, 7, '1'), d.filter, "does not begin with vlpdREP2"},
		{"another filter's size", at(d.state, 9, 0x40), d.filter, "filter of 278528 bytes, expected 262144"},
		{"many senders", at(d.state, atSenders+3, 255), d.filter, "sender"},
		{"more senders", at(d.state, atSenders, 9), d.filter, "sender"},
		{"a sender of none", at(d.state, stateHead+senderSize-4, 0), d.filter, "sender with 0 sessions"},
		{"a sender of 65", at(d.state, stateHead+senderSize-4, 65), d.filter, "sender with 65 sessions"},
		{"many in the filter", at(d.state, atSenders+6, 255), d.filter, "cut short"},
		{"no filter", d.state, nil, "its filter is missing"},
		{"short filter", d.state, d.filter[:len(d.filter)-8], "another's, or older"},
		{"older filter", d.state, append(older, d.filter[8:]...), "another's, or older"},
		{"long", append(bytes.Clone(d.state), 0), d.filter, "cut short, or longer"},
	} {
		r := newRig(t, Config{Senders: 4, FilterBytes: 1 << 18}, 9, 1)
		r.Keep(everyNS)
		err := r.Restore(c.state, c.filter)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if r.Senders() != 0 || r.mem.filter.held != 0 {
			t.Errorf("%s: something was taken", c.name)
		}
	}
	for n := range len(d.state) {
		r := newRig(t, Config{Senders: 4, FilterBytes: 1 << 18}, 9)
		r.Keep(everyNS)
		if r.Restore(d.state[:n], d.filter) == nil {
			t.Errorf("the first %d bytes were taken", n)
		}
	}
}
