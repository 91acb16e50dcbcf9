package trust

// Identity says whether a pid still is that of the process that beat.
type Identity uint8

const (
	Unknown      Identity = iota // cannot be told
	StillRunning                 // the pid is that of the process that beat
	Exited                       // it has ended, and nobody has the pid but its zombie
	Recycled                     // it has ended, and the pid is another's
)

// Same says who has the pid of an agent now, before something is done to it by
// that number, and how far its process is to be trusted. It makes system calls.
// What it says can change right after, as with everything that is done by pid.
func (t *Processes) Same(source uint16, pid uint32) (Identity, Standing) {
	i, known := t.find(source, pid)
	if !known {
		return Unknown, Unjudged
	}
	if t.procs[i].state == pending {
		t.settle(i)
	}
	p := &t.procs[i]
	switch {
	case p.state == claimed:
		return Unknown, p.standing
	case p.fd != none && !t.k.ended(p.fd):
		return StillRunning, p.standing
	}
	who, standing := t.holder(p), p.standing
	if p.state == blind && who == Exited {
		t.move(i, leaving)
	}
	return who, standing
}

// holder says who has the pid of p, which ended or is blind.
func (t *Processes) holder(p *process) Identity {
	if !t.k.exists(p.pid) {
		return Exited
	}
	st, ok := t.k.stat(p.pid)
	switch {
	case !ok || st.start == 0 || p.start == 0:
		return Unknown
	case st.start != p.start:
		return Recycled
	case p.fd == none && (p.state == blind || p.state == barred) && !st.ended:
		return StillRunning
	case !st.ended:
		return Recycled // that one has ended, and this one began in the same 10 ms
	}
	return Exited
}

// Standing is how far the process behind an agent is to be trusted, as far as
// that was found out. It makes no system call.
func (t *Processes) Standing(source uint16, pid uint32) Standing {
	if i, known := t.find(source, pid); known {
		return t.procs[i].standing
	}
	return Unjudged
}
