package watch

import (
	"math/rand/v2"
	"slices"
	"testing"

	"vlpd/vlp"
)

// script hands out the bytes of a fuzz input; past its end there are zeros.
type script []byte

func (s *script) next() int {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return int(b)
}

// nonces are what a fuzzed frame may carry besides steps from the stored one.
var nonces = []uint64{0, 1, 1, 2, 3, 17, wrapSpan - 1, wrapSpan, end - 1, end, vlp.Terminal - 1, vlp.Terminal}

// duel runs one script against the table and the oracle.
type duel struct {
	t     *testing.T
	table *Table
	o     *oracle
	now   int64
}

func newDuel(t *testing.T, setup int) *duel {
	cfg := Config{
		Capacity:   1 + setup&7,
		Thresholds: []int64{10, 35, 35, 200},
		Kinds:      []SourceKind{Local, Wire, Net},
		Classify:   func(source uint16, pid uint32) uint8 { return uint8(pid+uint32(source)) & 3 },
		Evict:      Policy(setup >> 3 & 1),
		Seed:       uint32(setup >> 4),
	}
	return &duel{t: t, table: New(cfg), o: newOracle(cfg)}
}

func (d *duel) run(s script) {
	for len(s) > 0 {
		switch op := s.next(); op & 7 {
		default:
			d.beat(op>>3, &s)
		case 4, 5:
			d.now += int64(op >> 3)
		case 6:
			d.now += int64(op>>3) * 40
			d.expire(s.next() & 3)
		case 7:
			d.rare(op>>3, &s)
		}
		got, gotOK := d.table.Next()
		if want, wantOK := d.o.next(); got != want || gotOK != wantOK {
			d.t.Fatalf("at %d: Next() = %d, %v; want %d, %v", d.now, got, gotOK, want, wantOK)
		}
	}
	d.compare()
}

func (d *duel) beat(who int, s *script) {
	source, b := uint16(who%3), s.next()
	f := vlp.Frame{PID: uint32(2 + who/3), Timestamp: uint64(b >> 7), Payload: uint32(b >> 6 & 1), Status: vlp.Status(b >> 5 & 1)}
	p := d.o.agents[key{source, f.PID}]
	switch pick := b & 31; {
	case pick < len(nonces):
		f.Nonce = nonces[pick]
	case p == nil:
		f.Nonce = uint64(pick)
	case pick == 31:
		f = p.last
	case pick >= 28 && p.fallen != nil:
		f.Nonce = p.fallen.Nonce + uint64(pick-27)*8
	default:
		f.Nonce = p.last.Nonce + uint64(pick) - 16
	}
	if f.Nonce == vlp.Terminal {
		f.Status = vlp.Critical
	}
	got, v := d.table.Observe(d.now, source, &f, nil)
	want, wantV := d.o.observe(d.now, source, f)
	if v != wantV || !slices.Equal(got, want) {
		d.t.Fatalf("at %d, source %d, %+v:\n got %d %+v\nwant %d %+v", d.now, source, f, v, got, wantV, want)
	}
}

func (d *duel) expire(limit int) {
	got, want := d.table.Expire(d.now, limit, nil), d.o.expire(d.now, limit)
	if !slices.Equal(got, want) {
		d.t.Fatalf("at %d, Expire:\n got %+v\nwant %+v", d.now, got, want)
	}
}

func (d *duel) rare(arg int, s *script) {
	switch arg & 3 {
	case 0, 1:
		pause := int64(arg>>2) - 1
		d.now += (pause + 1) * int64(arg&1) // or forgive more than has passed
		d.table.Forgive(pause)
		d.o.pauses += max(pause, 0)
	case 2:
		source := uint16(arg >> 2 % 3)
		d.table.NewSessions(source)
		for _, p := range d.o.agents {
			p.fresh = p.fresh || p.source == source
		}
	case 3:
		k := key{uint16(arg >> 2 % 3), uint32(2 + s.next()&7)}
		p := d.o.agents[k]
		if known := d.table.NewSession(k.source, k.pid); known != (p != nil) {
			d.t.Fatalf("NewSession(%+v) = %v", k, known)
		}
		if p != nil {
			p.fresh = true
		}
	}
}

// compare walks both.
func (d *duel) compare() {
	t, table, o := d.t, d.table, d.o
	if table.Counts() != o.counts || table.Len() != len(o.agents) || !slices.Equal(table.gaps, o.gaps) {
		t.Fatalf("%+v, %d agents, gaps %v; want %+v, %d, %v", table.Counts(), table.Len(), table.gaps, o.counts, len(o.agents), o.gaps)
	}
	for i := range table.Slots() {
		a, _ := table.At(i)
		p := o.agents[key{a.Source(), a.PID()}]
		if found, ok := table.Find(a.Source(), a.PID()); !ok || found != a || p == nil {
			t.Fatalf("slot %d: %+v is not found by its key, or unknown", i, a)
		}
		got := person{key: p.key, last: p.last, fallen: p.fallen, panicked: p.panicked, threshold: table.ThresholdNS(a.Class()),
			class: a.Class(), order: p.order, fresh: a.state&isFresh != 0, stalled: a.Stalled(), seen: a.seenNS, raw: a.LastNS(),
			beats: a.Beats(), stalls: a.Stalls(), restarts: a.Restarts()}
		if got != *p || !a.repeats(&p.last) || a.Status() != p.last.Status {
			t.Fatalf("slot %d: %+v; want %+v", i, got, *p)
		}
	}
}

func FuzzTable(f *testing.F) {
	f.Fuzz(func(t *testing.T, setup byte, s []byte) {
		newDuel(t, int(setup)).run(script(s[:min(len(s), 4096)]))
	})
}

// TestRandomOperations is the fuzz target on scripts of its own, so that an
// ordinary test run meets evictions, restarts and pauses in their thousands.
func TestRandomOperations(t *testing.T) {
	var total Counts
	for seed := range uint64(256) {
		d := newDuel(t, int(seed))
		d.run(randomScript(seed, 2000))
		c := d.table.Counts()
		total.Evicted += c.Evicted
		total.Restarts += c.Restarts
		total.NonceWraps += c.NonceWraps
		total.CapacityExceeded += c.CapacityExceeded
	}
	if min(total.Evicted, total.Restarts, total.NonceWraps, total.CapacityExceeded) < 1000 {
		t.Errorf("the scripts hardly met anything: %+v", total)
	}
}

func randomScript(seed uint64, length int) script {
	r := rand.New(rand.NewPCG(seed, 1))
	s := make(script, length)
	for i := range s {
		s[i] = byte(r.Uint32())
	}
	return s
}
