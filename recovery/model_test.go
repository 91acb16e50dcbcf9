package recovery

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// pair is the table and its oracle, told the same at random.
type pair struct {
	*testing.T
	r        *rand.Rand
	table    *Table
	oracle   *oracle
	cfg      Config
	now      int64
	live     []Attempt // handed out, not ended
	old      []uint64  // tokens that are over
	recycled map[Key]bool
	step     int
	did      string
	with     [3]any
}

func (p *pair) key() Key {
	return Key{uint16(p.r.IntN(p.cfg.Sources)), uint32(2 + p.r.IntN(12))}
}

func (p *pair) same(got, want any) {
	p.Helper()
	if got != want {
		p.fail(got, want)
	}
}

func (p *pair) fail(got, want any) {
	p.Helper()
	p.Fatalf("step %d at %d, %s %v: got %v; want %v", p.step, p.now, p.did, p.with, got, want)
}

// does notes what is done, for fail.
func (p *pair) does(verb string, a, b, c any) { p.did, p.with = verb, [3]any{a, b, c} }

// TestAgainstOracle: a hundred thousand steps of each shape.
func TestAgainstOracle(t *testing.T) {
	for i, cfg := range []Config{
		{Capacity: 48, Max: 48, DebounceNS: 1e9, Sources: 4},
		{Capacity: 48, Max: 2, DebounceNS: 50e6, Sources: 4},
		{Capacity: 9, Max: 3, DebounceNS: 1e9, Sources: 2, AllowCrossNamespace: true},
		{Capacity: 20, Max: 4, DebounceNS: 0, Sources: 3},
		{Capacity: 1, Max: 1, DebounceNS: 90e9, Sources: 1},
	} {
		t.Run(fmt.Sprint(cfg), func(t *testing.T) {
			p := &pair{T: t, r: rand.New(rand.NewPCG(uint64(i), 3)), recycled: map[Key]bool{}}
			cfg.Recycled = func(k Key) bool { return p.recycled[k] }
			cfg.Seed = uint32(i)
			p.cfg, p.table, p.oracle = cfg, New(cfg), newOracle(cfg)
			for p.step = range 100_000 {
				p.move()
				p.compare()
				if p.step%100 == 0 {
					sound(t, p.table)
				}
			}
			t.Logf("%v", *p.table.Counts())
		})
	}
}

// compare looks at all that can be seen from outside.
func (p *pair) compare() {
	p.Helper()
	who, want := p.oracle.first()
	at, ok := p.table.Next()
	if ok != (who != nil) || ok && at != want {
		p.fail([]any{"next", at, ok}, []any{want, who})
	}
	p.same(p.table.outstanding, p.oracle.children())
	if got := *p.table.Counts(); got != p.oracle.counts {
		p.fail(got, p.oracle.counts)
	}
}

// move does one thing, or lets time pass.
func (p *pair) move() {
	switch n := p.r.IntN(100); {
	case n < 25:
		p.pass()
	case n < 45:
		k, proof := p.key(), Attested
		if p.r.IntN(8) == 0 {
			proof = Attestation(p.r.IntN(4))
		}
		p.does("stall", k, proof, nil)
		p.same(p.table.Stalled(p.now, k, proof).Label(), p.oracle.stalled(p.now, k, proof).Label())
	case n < 55:
		k := p.key()
		p.does("beat", k, nil, nil)
		p.table.Recovered(k)
		p.oracle.recovered(k)
	case n < 57:
		k := p.key()
		p.recycled[k] = !p.recycled[k] && p.r.IntN(4) == 0
	case n < 60:
		p.line()
	case n < 75:
		p.due()
	case n < 78:
		p.stray()
	default:
		p.result()
	}
}

// pass moves the clock, mostly to where something happens.
func (p *pair) pass() {
	at, ok := p.table.Next()
	switch n := p.r.IntN(10); {
	case n < 6 && ok:
		p.now = max(p.now, at-int64(p.r.IntN(2)))
	case n < 9:
		p.now += p.r.Int64N(300e6)
	default:
		p.now += p.r.Int64N(100e9)
	}
}

func (p *pair) line() {
	source := uint16(p.r.IntN(p.cfg.Sources))
	if p.r.IntN(3) > 0 {
		from := p.now + p.r.Int64N(2)*p.r.Int64N(500e6)
		p.does("up", source, from, nil)
		p.table.LineUp(source, from)
		if p.oracle.heard[source] == never {
			p.oracle.heard[source] = from
		}
		return
	}
	p.does("down", source, nil, nil)
	p.table.LineDown(source)
	p.oracle.heard[source] = never
}

func (p *pair) due() {
	room := p.r.IntN(7)
	p.does("due", room, nil, nil)
	got := p.table.Due(p.now, make([]Attempt, 0, room))
	want := p.oracle.due(p.now, room)
	if len(got) != len(want) {
		p.fail(got, want)
	}
	for i, a := range got {
		if a.Key != want[i].Key || a.Outcome != want[i].Outcome {
			p.fail(got, want)
		}
		if a.Outcome == Pending {
			p.live = append(p.live, a)
		}
	}
}

// result ends or spawns a random attempt.
func (p *pair) result() {
	if len(p.live) == 0 {
		return
	}
	i := p.r.IntN(len(p.live))
	a := p.live[i]
	person := p.oracle.people[a.Key]
	how := [...]Outcome{ReapedZero, ReapedNonzero, Killed}[p.r.IntN(3)]
	p.does("result", a.Key, how.Label(), nil)
	switch {
	case person.spawned:
		p.same(p.table.Ended(a.Token, p.now, how), true)
		p.oracle.end(p.now, a.Key, how)
	case p.r.IntN(4) == 0:
		p.same(p.table.SpawnFailed(a.Token, p.now), true)
		p.oracle.end(p.now, a.Key, SpawnFailed)
	default:
		p.same(p.table.Ended(a.Token, p.now, how), false) // not spawned yet
		p.oracle.counts.Strays++
		p.same(p.table.Spawned(a.Token), true)
		p.oracle.spawn(a.Key)
		return
	}
	p.live = slices.Delete(p.live, i, i+1)
	p.old = append(p.old, a.Token)
}

// stray tells results of attempts that are over, or never were.
func (p *pair) stray() {
	token := p.r.Uint64()
	if len(p.old) > 0 && p.r.IntN(4) > 0 {
		token = p.old[p.r.IntN(len(p.old))]
	} else if p.r.IntN(2) == 0 {
		token = token<<32 | token%uint64(p.cfg.Capacity)
	}
	p.does("stray", token, nil, nil)
	p.same(p.table.Spawned(token), false)
	p.same(p.table.SpawnFailed(token, p.now), false)
	p.same(p.table.Ended(token, p.now, ReapedZero), false)
	p.oracle.counts.Strays += 3
}
