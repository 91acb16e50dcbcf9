package trust

// Ruling says what to do with a frame.
type Ruling uint8

const (
	Known    Ruling = iota // its process is known: observe it
	Pinned                 // as Known, and so it stays until Exited tells: who remembers that need not ask
	First                  // of a process of which nothing was known: observe it
	Another                // another process has the pid now: watch.Table.NewSession, then observe it
	Foreign                // its process lives in another pid namespace: drop it
	Origin                 // an unattested claim to the pid of an attested process: drop it
	Conflict               // another pid namespace than before, and nothing to tell the processes apart by: drop it
	Full                   // no room, because agents that are gone were not forgotten: drop it
)

// Standing says where a process stands. It is kept as long as the process lives.
type Standing uint8

const (
	Unjudged       Standing = iota // not looked at yet
	Attested                       // named by the kernel, in our pid namespace
	NoNamespace                    // named by the kernel, its namespace cannot be read; accepted
	CrossNamespace                 // named by the kernel, in another namespace, which is allowed
	Refused                        // in another namespace
	Unattested                     // the pid is only its own claim: no recovery
)

// Judge says whose frame came from pid on source, at now on the loop's clock.
// attested says that the kernel named that pid as the sender's; if not, the
// sender is outside our pid namespace and pid only what its frame says. It is
// to be asked before the frame is observed.
func (t *Processes) Judge(now int64, source uint16, pid uint32, attested bool) Ruling {
	i, known := t.find(source, pid)
	switch {
	case !known:
		return t.meet(now, source, pid, attested)
	case t.procs[i].state == watched && attested:
		return Pinned
	}
	return t.reconsider(now, i, attested)
}

// meet takes somebody in of whom nothing is known.
func (t *Processes) meet(now int64, source uint16, pid uint32, attested bool) Ruling {
	i, ok := t.admit(source, pid)
	if !ok {
		return Full
	}
	switch p := &t.procs[i]; {
	case !attested:
		p.standing = Unattested
		t.move(i, claimed)
	case t.left <= 0:
		p.seenNS = now
		t.counts.deferred++
		t.move(i, pending)
	default:
		s := t.look(pid, now)
		return t.adopt(now, i, &s, First)
	}
	return First
}

// reconsider judges a frame of whom something is known, but not that all is well.
func (t *Processes) reconsider(now int64, i uint32, attested bool) Ruling {
	p := &t.procs[i]
	aged := p.fd == none && now-p.seenNS >= recheckNS && t.left > 0
	switch {
	case p.state == claimed && !attested:
		return Known
	case p.state == claimed: // who is proven comes before who only says so
		s := t.look(p.pid, now)
		return t.adopt(now, i, &s, Another)
	case !attested:
		return Origin
	case p.state == ended:
		return t.afterExit(now, i)
	case aged && (p.state == blind || p.state == barred):
		return t.recheck(now, i)
	case p.standing == Refused:
		return Foreign
	}
	return Known
}

// afterExit judges a beat that came after the exit of its process was told:
// the last one of that process, or one of another.
func (t *Processes) afterExit(now int64, i uint32) Ruling {
	p := &t.procs[i]
	s := t.look(p.pid, now)
	if s.gone || t.isZombie(p, &s) {
		t.discard(&s)
		t.counts.lastBeats++
		return Known
	}
	return t.adopt(now, i, &s, Another)
}

// isZombie reports whether what was seen is the process of p, which has ended.
func (t *Processes) isZombie(p *process, s *sighting) bool {
	if s.fd == none {
		return s.start != 0 && s.start == p.start
	}
	return t.k.ended(s.fd) && (s.start == p.start || s.start == 0 || p.start == 0)
}

// recheck looks again at a process that no pidfd pins.
func (t *Processes) recheck(now int64, i uint32) Ruling {
	p := &t.procs[i]
	s := t.look(p.pid, now)
	known := s.start != 0 && p.start != 0
	switch {
	case s.gone && p.standing == Refused:
		t.remove(i)
		return Foreign
	case s.gone:
		t.move(i, leaving) // this was its last beat; nobody else tells of the exit
		return Known
	case known && s.start != p.start:
		return t.adopt(now, i, &s, Another)
	case !known && s.space != 0 && p.space != 0 && s.space != p.space:
		t.discard(&s)
		return Conflict
	}
	// The same process. What could not be read before is filled in, what was
	// read stays.
	if s.start == 0 {
		s.start = p.start
	}
	if s.space == 0 {
		s.space = p.space
	}
	return t.adopt(now, i, &s, Known)
}

// adopt makes what was seen at now the process of entry i, and returns r, or
// Foreign if it is refused.
func (t *Processes) adopt(now int64, i uint32, s *sighting, r Ruling) Ruling {
	p := &t.procs[i]
	if r == Another {
		t.counts.another++
	}
	p.start, p.space, p.seenNS = s.start, s.space, now
	p.standing = t.standingOf(s.space)
	if s.gone {
		t.move(i, leaving)
		return r
	}
	if t.pin(i, s.fd); p.fd == none && r != Known {
		t.counts.unseen++
	}
	switch {
	case p.standing == Refused:
		t.bar(i)
		return Foreign
	case p.fd != none:
		t.move(i, watched)
	default:
		t.move(i, blind)
	}
	return r
}

// bar refuses entry i. Of too many the one refused first is forgotten, and
// judged anew if it comes again.
func (t *Processes) bar(i uint32) {
	if t.procs[i].state != barred && t.lists[barred].n >= t.spare {
		t.remove(t.lists[barred].head)
	}
	t.move(i, barred)
}

// standingOf compares a pid namespace with ours.
func (t *Processes) standingOf(space uint32) Standing {
	switch {
	case space == 0 || t.space == 0:
		return NoNamespace
	case space == t.space:
		return Attested
	case t.allow:
		return CrossNamespace
	}
	return Refused
}
