package recovery

// Attempt is what became of a planned attempt when its time came. Pending: the
// command is to be started now, and the table told by Spawned or SpawnFailed,
// then Ended, with the token. Anything else has been counted and is for the
// audit log: RefusedLineDown, Debounced and RefusedOutstandingCapacity come
// again by themselves, RefusedPIDRecycled does not.
type Attempt struct {
	Token uint64
	Key
	Outcome Outcome
}

// Next is when Due has something to say; that may be past. ok is false if
// nothing is to come, or all that is waits for a child to end or a line to come
// up.
func (t *Table) Next() (at int64, ok bool) {
	i, at := t.soonest()
	return at, i != none
}

// Due appends the attempts whose time has come at now, as many as out has room
// for: bounded, so that a mass stall delays nobody's beat. Who has waited
// longest for a child to end goes first, then the earliest due. Call again while
// Next is not after now. Before, take what the sources hold: a beat takes the
// attempt for its agent back.
func (t *Table) Due(now int64, out []Attempt) []Attempt {
	for len(out) < cap(out) {
		i, at := t.soonest()
		if i == none || at > now {
			break
		}
		out = append(out, t.try(i, now))
	}
	return out
}

// soonest is the slot to be tried next, or none, and when.
func (t *Table) soonest() (i uint32, at int64) {
	if i = t.waiting.head; i != none && t.outstanding < t.max {
		return i, t.slots[i].dueNS
	}
	i, at = t.soonestLine()
	if len(t.due) > 0 {
		if first := t.slots[t.due[0]].dueNS; i == none || first <= at {
			return t.due[0], first
		}
	}
	return i, at
}

// try judges slot i, whose time has come, and moves it where that leads.
func (t *Table) try(i uint32, now int64) Attempt {
	t.detach(i)
	s := &t.slots[i]
	why := t.judge(s, now)
	switch why {
	case Pending:
		s.state, s.firedNS = starting, now
		s.marks |= hasFired
		s.attempt++
		t.outstanding++
		return Attempt{Token: s.token(i), Key: s.key()}
	case RefusedLineDown:
		t.park(i)
	case Debounced:
		t.schedule(i, s.firedNS+t.debounceNS)
	case RefusedOutstandingCapacity:
		s.state, s.dueNS = waiting, now
		t.add(&t.waiting, i)
	case RefusedPIDRecycled:
		s.state = spent
	}
	return Attempt{Key: s.key(), Outcome: t.count(why)}
}

// judge says why an attempt cannot be made now.
func (t *Table) judge(s *slot, now int64) Outcome {
	switch {
	case t.deaf(s, now):
		return RefusedLineDown
	case t.debounced(s, now):
		return Debounced
	case t.outstanding >= t.max:
		return RefusedOutstandingCapacity
	case t.recycled != nil && t.recycled(s.key()):
		return RefusedPIDRecycled
	}
	return Pending
}
