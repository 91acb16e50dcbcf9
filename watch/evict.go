package watch

import "vlpd/event"

// evictAfter is the silence, in thresholds, past which a stalled agent may be
// evicted (the original's rule).
const evictAfter = 10

// candidate is the slot to give to a newcomer, or none. The heads of the
// queues are enough to look at: behind each, everybody beat later.
func (t *Table) candidate() uint32 {
	slot, first := none, int64(never)
	for c := range t.silent {
		q := &t.silent[c]
		if q.dueNS < first && t.clockNS-q.dueNS > (evictAfter-1)*q.thresholdNS {
			slot, first = q.head, q.dueNS
		}
	}
	if slot == none && t.evict == Balanced {
		return t.oldest()
	}
	return slot
}

// oldest is the slot whose last beat is oldest; of equals, a stalled one.
func (t *Table) oldest() uint32 {
	slot, first := none, int64(never)
	for _, queues := range [...][]queue{t.silent, t.live} {
		for c := range queues {
			q := &queues[c]
			if q.head != none && q.dueNS-q.thresholdNS < first {
				slot, first = q.head, q.dueNS-q.thresholdNS
			}
		}
	}
	return slot
}

// displace takes the agent out of slot i and says so.
func (t *Table) displace(i uint32, now int64) event.Record {
	a := &t.slots[i]
	t.unlink(t.queueOf(a), i)
	t.index.remove(t.slots, i)
	t.counts.Evicted++
	return event.Record{At: now, ID: a.pid, Source: a.source, Kind: event.Eviction}
}
