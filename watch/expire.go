package watch

import (
	"vlpd/event"
	"vlpd/vlp"
)

// observed turns a raw reading into one of the observed clock. It never runs
// backwards, whatever was forgiven, because the queues are in its order.
func (t *Table) observed(now int64) int64 {
	t.clockNS = max(t.clockNS, now-t.forgivenNS)
	return t.clockNS
}

// Forgive takes ns, a pause in which the observer could not run, out of every
// silence. Beats that queued up meanwhile are observed after it.
func (t *Table) Forgive(ns int64) {
	t.forgivenNS += max(ns, 0)
	t.pace.creditNS += max(ns, 0)
	t.pace.all.Credit(max(ns, 0))
}

// Next is the raw clock reading at which the next agent stalls, unless it
// beats before. ok is false when no agent is in time.
func (t *Table) Next() (deadline int64, ok bool) {
	q := t.soonest()
	if q.dueNS == never {
		return 0, false
	}
	return q.dueNS + t.forgivenNS, true
}

// soonest is the class whose head is due first.
func (t *Table) soonest() *queue {
	first := &t.live[0]
	for c := range t.live {
		if t.live[c].dueNS < first.dueNS {
			first = &t.live[c]
		}
	}
	return first
}

// Expire appends a Stall record for each agent whose silence has reached its
// threshold at now, ns of the raw clock: at most max of them, earliest
// deadline first. An agent stalls once, until its next beat. Call again while
// Next is not after now. A beat may have been observed at a later reading: it
// counts, and the clock does not go back, but nobody is judged by it, since
// what else was sent by then may not have been read.
func (t *Table) Expire(now int64, max int, out []event.Record) []event.Record {
	t.observed(now)
	at := now - t.forgivenNS
	for ; max > 0; max-- {
		q := t.soonest()
		if q.dueNS > at {
			break
		}
		out = append(out, t.stall(q, now, at))
	}
	return out
}

// stall declares the head of q silent.
func (t *Table) stall(q *queue, now, at int64) event.Record {
	i := q.head
	a := &t.slots[i]
	t.unlink(q, i)
	a.state |= isStalled
	t.push(t.queueOf(a), i)
	add32(&a.stalls, 1)
	return event.Record{
		At: now, Nonce: a.nonce, Value: uint64(at - a.seenNS), ID: a.pid,
		Source: a.source, Kind: event.Stall, Status: uint8(vlp.Stall),
	}
}
