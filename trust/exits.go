package trust

// Exit is the end of a process that had beaten.
type Exit struct {
	Source uint16
	PID    uint32
}

// Turn begins a turn of the loop: looks may again cost time, and those that
// were put off come first.
func (t *Processes) Turn() {
	t.left = budgetNS
	for t.left > 0 && t.lists[pending].n > 0 {
		t.settle(t.lists[pending].head)
	}
}

// Waiting reports whether looks were put off, or ends were found that are not
// told yet. Both happen in any call, and nothing rings for them: if so at the
// end of a turn, the loop must come again before it parks.
func (t *Processes) Waiting() bool { return t.lists[pending].n > 0 || t.lists[leaving].n > 0 }

// settle looks at entry i, which is pending.
func (t *Processes) settle(i uint32) {
	p := &t.procs[i]
	s := t.look(p.pid, p.seenNS)
	t.adopt(p.seenNS, i, &s, First)
}

// Wake says that the token of Attach came back.
func (t *Processes) Wake() { t.awake = true }

// Gather takes note of the processes that have ended, and reports whether there
// are any to tell of. What they have sent is in the queues by then, not all of
// it read: drain the sources, so that their last beats are theirs, and then
// call Exited.
func (t *Processes) Gather() bool {
	if t.awake {
		n := 0
		n, t.awake = t.set.Poll()
		for e := range n {
			i := t.set.Token(e)
			t.release(i)
			t.move(i, leaving)
		}
	}
	return t.lists[leaving].n > 0
}

// Exited appends to out, up to its capacity, the keys whose processes had ended
// when Gather was called, and reports whether there may be more: then the loop
// must come again before it parks. A key of which no agent is known was that
// of a refused process, or its agent was never let in.
func (t *Processes) Exited(out []Exit) (_ []Exit, more bool) {
	for len(out) < cap(out) && t.lists[leaving].n > 0 {
		i := t.lists[leaving].head
		p := &t.procs[i]
		out = append(out, Exit{p.source, p.pid})
		t.counts.exits++
		if p.standing == Refused {
			t.remove(i)
		} else {
			t.move(i, ended)
		}
	}
	return out, t.awake || t.lists[leaving].n > 0
}
