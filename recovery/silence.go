package recovery

// Stalled takes note that the agent fell silent at now. Pending: an attempt is
// due at once, see Due. Debounced and RefusedLineDown are put off, other
// refusals are final for this silence. What is returned has been counted. The
// key's source must be below Config.Sources.
func (t *Table) Stalled(now int64, k Key, proof Attestation) Outcome {
	i, known := t.find(k)
	if known && t.slots[i].is(isSilent) { // its beat was not told
		t.calm(i)
		i, known = t.find(k)
	}
	if why := t.trust(proof); why != Pending {
		return t.count(why)
	}
	if !known {
		if i = t.admit(now, k); i == none {
			return t.count(RefusedDebounceCapacity)
		}
	}
	return t.plan(i, now)
}

// trust says why no command runs for a sender so attested.
func (t *Table) trust(proof Attestation) Outcome {
	switch proof {
	case Attested:
		return Pending
	case CrossNamespace:
		if t.allowCross {
			return Pending
		}
		return RefusedCrossNamespace
	case SocketModeOnly:
		return RefusedSocketModeOnly
	}
	return RefusedUnauthenticatedTransport
}

// plan begins a silence of the agent in slot i.
func (t *Table) plan(i uint32, now int64) Outcome {
	t.detach(i)
	s := &t.slots[i]
	s.marks |= isSilent
	s.retries = 0
	deaf := t.deaf(s, now)
	switch {
	case s.hasChild():
		s.marks |= isAnew // goes on when the child ends
		if !deaf {
			return t.count(Debounced)
		}
		return t.count(RefusedLineDown)
	case deaf:
		t.park(i)
		return t.count(RefusedLineDown)
	case t.debounced(s, now):
		t.schedule(i, s.firedNS+t.debounceNS)
		return t.count(Debounced)
	}
	t.schedule(i, now)
	return Pending
}

// debounced reports whether the last attempt was less than the debounce ago.
func (t *Table) debounced(s *slot, now int64) bool {
	return s.is(hasFired) && now-s.firedNS < t.debounceNS
}

// Recovered takes note that the agent beats again: nothing more is tried for
// it. A child that runs goes on.
func (t *Table) Recovered(k Key) {
	if i, ok := t.find(k); ok && t.slots[i].is(isSilent) {
		t.calm(i)
	}
}

// Gone takes note that the agent was evicted: nobody would tell of its beats,
// so nothing more is tried for it. Its debounce holds, should it come back.
func (t *Table) Gone(k Key) { t.Recovered(k) }

// calm ends the silence of the agent in slot i.
func (t *Table) calm(i uint32) {
	s := &t.slots[i]
	s.marks &^= isSilent | isAnew
	if !s.hasChild() {
		t.detach(i)
		t.rest(i)
	}
}

// rest keeps slot i, which is in no heap and in no list, for its debounce.
func (t *Table) rest(i uint32) {
	s := &t.slots[i]
	if !s.is(hasFired) {
		t.release(i)
		return
	}
	s.state = resting
	t.push(&t.debounce, i, s.firedNS+t.debounceNS)
}
