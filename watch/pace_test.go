package watch

import (
	"testing"

	"vlpd/vlp"
)

// The first frame of a session may be dropped by a limit; the session is not
// lost with it.
func TestLimitedSession(t *testing.T) {
	for _, kind := range []SourceKind{Local, Net, Sealed} {
		table := New(Config{Capacity: 2, Thresholds: []int64{1e9}, Kinds: []SourceKind{kind}, AgentRate: 1})
		now := int64(1)
		send := func(nonce uint64, first bool) Verdict {
			_, v := table.ObserveSealed(now, 0, &vlp.Frame{PID: 7, Nonce: nonce}, first, nil)
			return v
		}
		for nonce := range uint64(agentBurst) {
			if v := send(1000+nonce, nonce == 0); v != Accepted {
				t.Fatalf("kind %d, nonce %d: verdict %d", kind, nonce, v)
			}
		}
		if kind == Net { // the silence that lets it restart lets a token in
			now += 1e9
			send(2000, false)
			table.slots[0].seenNS -= 1e9
		}
		if v := send(1, true); v != AgentTooFast {
			t.Fatalf("kind %d: restart: verdict %d; want %d", kind, v, AgentTooFast)
		}
		now += 2e9
		if v := send(2, false); v != Accepted {
			t.Errorf("kind %d: frame behind the restart: verdict %d", kind, v)
		}
		if n := table.Counts().Restarts; n != 1 {
			t.Errorf("kind %d: %d restarts; want 1", kind, n)
		}
	}
}

// Strangers for whom there is no room take nothing of what is for all.
func TestFullTakesNoToken(t *testing.T) {
	table := New(Config{Capacity: 1, Thresholds: []int64{1e9}, Kinds: []SourceKind{Local}, GlobalRate: 1, GlobalBurst: 2})
	send := func(pid uint32, nonce uint64) Verdict {
		_, v := table.Observe(1, 0, &vlp.Frame{PID: pid, Nonce: nonce}, nil)
		return v
	}
	for i, c := range []struct {
		pid  uint32
		want Verdict
	}{{7, Accepted}, {8, Full}, {9, Full}, {7, Accepted}, {7, AllTooFast}, {8, Full}} {
		if v := send(c.pid, uint64(i+1)); v != c.want {
			t.Errorf("frame %d of %d: verdict %d; want %d", i, c.pid, v, c.want)
		}
	}
}

// After a pause what was sent at the permitted pace passes at once, and not a
// frame more: that of all together, and that of each agent.
func TestPauseIsCredit(t *testing.T) {
	for name, cfg := range map[string]Config{
		"all":   {GlobalRate: 100, GlobalBurst: 10},
		"agent": {AgentRate: 100},
	} {
		cfg.Capacity, cfg.Thresholds, cfg.Kinds = 1, []int64{1e9}, []SourceKind{Local}
		table := New(cfg)
		now, nonce := int64(1), uint64(0)
		burst := func() (n int) {
			for range 1000 {
				nonce++
				if _, v := table.Observe(now, 0, &vlp.Frame{PID: 7, Nonce: nonce}, nil); v == Accepted {
					n++
				}
			}
			return n
		}
		for _, c := range []struct {
			after, pause int64
			want         int
		}{{0, 0, 10}, {3e9, 3e9, 300}, {3e9, 0, 10}} {
			now += c.after
			table.Forgive(c.pause)
			if n := burst(); n != c.want {
				t.Errorf("%s: %d of 1000 after a pause of %d ns; want %d", name, n, c.pause, c.want)
			}
			table.Settled()
		}
	}
}

// The limits are of datagrams. A line has its speed, whether its frames are
// sealed or not, and loses none to a flood elsewhere.
func TestLinesAreNotLimited(t *testing.T) {
	for _, c := range []struct {
		kind SourceKind
		want Verdict
	}{{Local, AllTooFast}, {Net, AllTooFast}, {Sealed, AllTooFast}, {Wire, Accepted}, {SealedWire, Accepted}} {
		table := New(Config{Capacity: 4, Thresholds: []int64{1e9}, Kinds: []SourceKind{c.kind}, GlobalRate: 1, GlobalBurst: 1})
		for pid := uint32(7); pid < 9; pid++ {
			_, v := table.Observe(1, 0, &vlp.Frame{PID: pid, Nonce: 1}, nil)
			if want := c.want; pid == 8 && v != want {
				t.Errorf("kind %d, second frame: verdict %d; want %d", c.kind, v, want)
			}
		}
		table = New(Config{Capacity: 1, Thresholds: []int64{1e9}, Kinds: []SourceKind{c.kind}, AgentRate: 1})
		limited := 0
		for nonce := range uint64(2 * agentBurst) {
			if _, v := table.Observe(1, 0, &vlp.Frame{PID: 7, Nonce: nonce}, nil); v == AgentTooFast {
				limited++
			}
		}
		if (limited > 0) == c.kind.isWire() {
			t.Errorf("kind %d: %d frames of one agent were too many", c.kind, limited)
		}
	}
}
