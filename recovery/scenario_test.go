package recovery

import (
	"strings"
	"testing"
)

// usual is the original's default debounce, room for four, two sources.
func usual() Config { return Config{Capacity: 4, Max: 4, DebounceNS: 1000e6, Sources: 2} }

type scenario struct{ name, text string }

func playAll(t *testing.T, cfg Config, all []scenario) {
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) { play(t, cfg, c.text) })
	}
}

func TestAttempts(t *testing.T) { playAll(t, usual(), attempts) }

var attempts = []scenario{
	{"one that succeeds is not repeated in the same silence", `
			0 next = never
			5 stall 7 = pending
			5 next = 5
			4 due =
			5 due = 7 pending
			5 next = never
			6 spawned 7 = ok
			5 children = 1
			300 zero 7 = ok
			300 children = 0
			300 next = never
			99999 due =
			99999 beat 7
			99999 stall 7 = pending
			99999 due = 7 pending`},
	{"a debounced stall is put off, not lost", `
			0 stall 7 = pending
			0 due = 7 pending
			0 spawned 7 = ok
			10 zero 7 = ok
			20 beat 7
			600 stall 7 = debounced
			600 next = 1000
			999 due =
			1000 due = 7 pending`},
	{"the debounce is over to the ns", `
			0 stall 7 = pending
			0 due = 7 pending
			0 spawned 7 = ok
			0 zero 7 = ok
			1 beat 7
			1000 stall 7 = pending`},
	{"the debounce begins with the attempt, even one that fails", `
			0 stall 7 = pending
			0 due = 7 pending
			900 failed 7 = ok
			900 beat 7
			950 stall 7 = debounced
			950 next = 1000`},
	{"the debounce begins when the attempt is handed out, not with the stall", `
			0 stall 7 = pending
			400 due = 7 pending
			400 failed 7 = ok
			400 beat 7
			1399 stall 7 = debounced
			1399 next = 1400`},
	{"a child of the last silence puts the attempt off to its end", `
			0 stall 7 = pending
			0 due = 7 pending
			0 spawned 7 = ok
			100 beat 7
			5000 stall 7 = debounced
			5000 next = never
			9000 zero 7 = ok
			9000 next = 9000
			9000 due = 7 pending`},
	{"and to the debounce, if that is later", `
			0 stall 7 = pending
			0 due = 7 pending
			100 beat 7
			200 stall 7 = debounced
			300 failed 7 = ok
			300 next = 1000`},
	{"a beat takes the attempt back, and the child goes on", `
			0 stall 7 = pending
			0 stall 8 = pending
			0 beat 8
			0 due = 7 pending
			0 spawned 7 = ok
			10 beat 7
			10 children = 1
			20 nonzero 7 = ok
			20 next = never
			99999 due =`},
	{"so does eviction", `
			0 stall 7 = pending
			0 due = 7 pending
			0 failed 7 = ok
			0 next = 1000
			1 gone 7
			1 next = never`},
	{"a second stall without a beat between is a silence of its own", `
			0 stall 7 = pending
			0 stall 7 = pending
			0 due = 7 pending
			0 spawned 7 = ok
			1 stall 7 = debounced
			2 zero 7 = ok
			2 next = 1000`},
	{"beats of agents that nothing is known of", `
			0 beat 9
			0 gone 1/9
			0 next = never`},
}

var failures = []scenario{
	{"doubling up to a minute, whatever failed", `
			0 stall 7 = pending
			0 due = 7 pending
			0 failed 7 = ok
			0 next = 1000
			1000 due = 7 pending
			1000 spawned 7 = ok
			1500 nonzero 7 = ok
			1500 next = 3500
			3500 due = 7 pending
			3500 spawned 7 = ok
			4000 killed 7 = ok
			4000 next = 8000
			8000 due = 7 pending
			8000 failed 7 = ok
			8000 next = 16000
			16000 due = 7 pending
			16000 failed 7 = ok
			16000 next = 32000
			32000 due = 7 pending
			32000 failed 7 = ok
			32000 next = 64000
			64000 due = 7 pending
			64000 failed 7 = ok
			64000 next = 124000
			124000 due = 7 pending
			124000 failed 7 = ok
			124000 next = 184000`},
	{"a new silence begins anew", `
			0 stall 7 = pending
			0 due = 7 pending
			0 failed 7 = ok
			1000 due = 7 pending
			1000 failed 7 = ok
			1000 next = 3000
			1001 beat 7
			2000 stall 7 = pending
			2000 due = 7 pending
			2000 failed 7 = ok
			2000 next = 3000`},
}

func TestFailuresAreSpaced(t *testing.T) {
	playAll(t, usual(), failures)
	cfg := usual()
	cfg.DebounceNS = 0
	playAll(t, cfg, []scenario{{"without a debounce, 100 ms", `
			0 stall 7 = pending
			0 due = 7 pending
			0 failed 7 = ok
			0 next = 100
			100 due = 7 pending
			100 failed 7 = ok
			100 next = 300
			100 beat 7
			100 stall 7 = pending
			100 due = 7 pending`}})
	cfg.DebounceNS = 300e9
	playAll(t, cfg, []scenario{{"with a long debounce, that", `
			0 stall 7 = pending
			0 due = 7 pending
			0 failed 7 = ok
			0 next = 300000
			300000 due = 7 pending
			300000 failed 7 = ok
			300000 next = 600000`}})
}

func TestRefusals(t *testing.T) {
	text := `
			0 stall 7 unattested = refused_unauthenticated_transport
			0 stall 7 mode = refused_socket_mode_only
			0 stall 7 cross = CROSS
			0 beat 7
			0 due =
			0 next = never`
	with := func(cross string) []scenario {
		return []scenario{{"by who vouches: " + cross, strings.Replace(text, "CROSS", cross, 1)}}
	}
	cfg := usual()
	playAll(t, cfg, with("refused_cross_namespace"))
	cfg.AllowCrossNamespace = true
	playAll(t, cfg, with("pending"))
	playAll(t, usual(), []scenario{
		{"a recycled pid, when the time has come", `
			0 stall 7 = pending
			0 due = 7 pending
			0 failed 7 = ok
			500 recycled 7
			1000 due = 7 refused_pid_recycled
			1000 next = never
			1000 children = 0
			1500 beat 7
			1600 stall 7 = pending`},
		{"no longer vouched for", `
			0 stall 7 = pending
			0 due = 7 pending
			0 failed 7 = ok
			1 stall 7 unattested = refused_unauthenticated_transport
			1 next = never`},
	})
}
