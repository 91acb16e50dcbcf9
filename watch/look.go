package watch

// Len is how many agents are known, Cap how many can be.
func (t *Table) Len() int { return len(t.slots) }
func (t *Table) Cap() int { return cap(t.slots) }

// Slots and At walk the agents: for i := range t.Slots() the agent at i keeps
// its place until it is evicted, when a newcomer takes it. A walk may thus be
// interrupted by beats and go on where it was; Slots may grow meanwhile.
func (t *Table) Slots() int { return len(t.slots) }

// At is the agent in slot i, if there is one.
func (t *Table) At(i int) (*Agent, bool) {
	if i < 0 || i >= len(t.slots) {
		return nil, false
	}
	return &t.slots[i], true
}

// Find is the agent with that key, if it is known.
func (t *Table) Find(source uint16, pid uint32) (*Agent, bool) {
	i, ok := t.index.find(t.slots, t.index.hash(source, pid), source, pid)
	if !ok {
		return nil, false
	}
	return &t.slots[i], true
}

// NewSession says that another process or device now bears the key: its next
// beat begins a session, whatever the nonce. It reports whether it is known.
func (t *Table) NewSession(source uint16, pid uint32) bool {
	a, ok := t.Find(source, pid)
	if ok {
		a.state |= isFresh
	}
	return ok
}

// Unvouch says that somebody else may beat under the key from now on.
func (t *Table) Unvouch(source uint16, pid uint32) {
	if a, ok := t.Find(source, pid); ok {
		a.state &^= isVouched
	}
}

// NewSessions does so for every agent of a source, such as a line behind which
// another device was found. It looks at every slot.
func (t *Table) NewSessions(source uint16) {
	for i := range t.slots {
		if a := &t.slots[i]; a.source == source {
			a.state |= isFresh
		}
	}
}

// Counts returns the totals since New.
func (t *Table) Counts() Counts { return t.counts }

// NonceGaps is how many nonces agents of a line skipped; 0 for other sources.
func (t *Table) NonceGaps(source uint16) uint64 { return t.gaps[source] }

// ThresholdNS is the threshold of a class.
func (t *Table) ThresholdNS(class uint8) int64 { return t.live[class].thresholdNS }
