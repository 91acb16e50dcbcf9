package recovery

import (
	"strconv"
	"strings"
	"testing"
)

// A script is lines of "MS verb arguments = answer", a time in ms, what the loop
// tells or asks then, and what the table must say. Agents are PID or SOURCE/PID.
//
//	stall AGENT [proof]     = outcome
//	due [ROOM]              = AGENT outcome, ...   (pending: to be started)
//	next                    = ms, or never
//	beat|gone AGENT
//	spawned|failed AGENT    = ok, or stray
//	zero|nonzero|killed AGENT = ok, or stray
//	down SOURCE
//	up SOURCE MS
//	recycled AGENT
//	children                = how many
type script struct {
	t        *testing.T
	table    *Table
	tokens   map[Key]uint64
	recycled map[Key]bool
	counted  [Outcomes]uint64 // by the answers seen
}

func play(t *testing.T, cfg Config, text string) *script {
	t.Helper()
	s := &script{t: t, tokens: map[Key]uint64{}, recycled: map[Key]bool{}}
	cfg.Recycled = func(k Key) bool { return s.recycled[k] }
	s.table = New(cfg)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		told, want, _ := strings.Cut(line, " =") // nothing may follow
		want = strings.TrimSpace(want)
		words := strings.Fields(told)
		if got := s.step(number(words[0])*1e6, words[1], words[2:]); got != want {
			t.Errorf("%s: got %q", line, got)
		}
	}
	for o, n := range s.table.Counts().Outcomes {
		if Outcome(o) != Pending && n != s.counted[o] {
			t.Errorf("%s counted %d times; the answers say %d", Outcome(o).Label(), n, s.counted[o])
		}
	}
	return s
}

func number(word string) int64 {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func agent(word string) Key {
	source, pid, ok := strings.Cut(word, "/")
	if !ok {
		source, pid = "0", source
	}
	return Key{uint16(number(source)), uint32(number(pid))}
}

func (k Key) String() string {
	if k.Source == 0 {
		return strconv.Itoa(int(k.PID))
	}
	return strconv.Itoa(int(k.Source)) + "/" + strconv.Itoa(int(k.PID))
}

var proofs = map[string]Attestation{
	"attested": Attested, "unattested": Unattested, "cross": CrossNamespace, "mode": SocketModeOnly,
}

func (s *script) saw(o Outcome) string {
	s.counted[o]++
	return o.Label()
}

func (s *script) step(now int64, verb string, args []string) string {
	t := s.table
	switch verb {
	case "stall":
		return s.saw(t.Stalled(now, agent(args[0]), proofs[append(args, "attested")[1]]))
	case "due":
		return s.due(now, append(args, "10")[0])
	case "next":
		if at, ok := t.Next(); ok {
			return strconv.FormatInt(at/1e6, 10)
		}
		return "never"
	case "beat":
		t.Recovered(agent(args[0]))
	case "gone":
		t.Gone(agent(args[0]))
	case "down":
		t.LineDown(uint16(number(args[0])))
	case "up":
		t.LineUp(uint16(number(args[0])), number(args[1])*1e6)
	case "recycled":
		s.recycled[agent(args[0])] = true
	case "children":
		return strconv.Itoa(t.outstanding)
	default:
		return s.result(now, verb, s.tokens[agent(args[0])])
	}
	return ""
}

func (s *script) due(now int64, room string) string {
	var all []string
	for _, a := range s.table.Due(now, make([]Attempt, 0, number(room))) {
		all = append(all, a.Key.String()+" "+s.saw(a.Outcome))
		if a.Outcome == Pending {
			s.tokens[a.Key] = a.Token
		}
	}
	return strings.Join(all, ", ")
}

func (s *script) result(now int64, verb string, token uint64) string {
	outcome, ok := Outcome(0), false
	switch verb {
	case "spawned":
		outcome, ok = Spawned, s.table.Spawned(token)
	case "failed":
		outcome, ok = SpawnFailed, s.table.SpawnFailed(token, now)
	case "zero":
		outcome, ok = ReapedZero, s.table.Ended(token, now, ReapedZero)
	case "nonzero":
		outcome, ok = ReapedNonzero, s.table.Ended(token, now, ReapedNonzero)
	case "killed":
		outcome, ok = Killed, s.table.Ended(token, now, Killed)
	default:
		panic(verb)
	}
	if !ok {
		return "stray"
	}
	s.counted[outcome]++
	return "ok"
}
