package recovery

import "math"

// The results of an attempt each report whether the token names one that can
// have it. One that does not is counted as a stray and changes nothing: it can
// never touch another agent.

// Spawned says that the attempt has a child.
func (t *Table) Spawned(token uint64) bool {
	i, ok := t.attempt(token, starting)
	if ok {
		t.slots[i].state = running
		t.count(Spawned)
	}
	return ok
}

// SpawnFailed says, at now, that the attempt has no child.
func (t *Table) SpawnFailed(token uint64, now int64) bool {
	i, ok := t.attempt(token, starting)
	if ok {
		t.settle(i, now, t.count(SpawnFailed))
	}
	return ok
}

// Ended says that the attempt's child was reaped at now: ReapedZero, or
// ReapedNonzero for any other end but that by our own timeout, which is Killed.
func (t *Table) Ended(token uint64, now int64, outcome Outcome) bool {
	if outcome != ReapedZero && outcome != ReapedNonzero && outcome != Killed {
		panic("recovery: a child ended " + outcome.Label())
	}
	i, ok := t.attempt(token, running)
	if ok {
		t.counts.DurationNS += uint64(max(now-t.slots[i].firedNS, 0))
		t.counts.Durations++
		t.settle(i, now, t.count(outcome))
	}
	return ok
}

// attempt is the slot whose attempt the token names, if it is in that state.
func (t *Table) attempt(token uint64, want state) (i uint32, ok bool) {
	i = uint32(token)
	if i < uint32(len(t.slots)) && t.slots[i].state == want && t.slots[i].token(i) == token {
		return i, true
	}
	t.counts.Strays++
	return none, false
}

// settle says what is next for slot i after its attempt ended at now.
func (t *Table) settle(i uint32, now int64, outcome Outcome) {
	t.outstanding--
	s := &t.slots[i]
	switch {
	case !s.is(isSilent):
		t.rest(i)
	case s.is(isAnew):
		s.marks &^= isAnew
		t.schedule(i, max(now, s.firedNS+t.debounceNS))
	case outcome == ReapedZero:
		s.state = spent
	default:
		t.schedule(i, now+t.delay(s.retries))
		if s.retries < math.MaxUint8 {
			s.retries++
		}
	}
}

// delay is how long to wait after a failure that others came before.
func (t *Table) delay(before uint8) int64 {
	base := max(t.debounceNS, leastRetryNS)
	ns := base
	for ; before > 0 && ns < mostRetryNS; before-- {
		ns *= 2
	}
	return max(base, min(ns, mostRetryNS))
}

// Of is the agent whose attempt the token names, as long as it has not ended.
func (t *Table) Of(token uint64) (k Key, ok bool) {
	i := uint32(token)
	if i >= uint32(len(t.slots)) || !t.slots[i].hasChild() || t.slots[i].token(i) != token {
		return Key{}, false
	}
	return t.slots[i].key(), true
}
