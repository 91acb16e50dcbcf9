package recovery

// Table knows what is to be tried for whom. Make one with New; one goroutine
// may use it.
type Table struct {
	slots    []slot
	free     uint32 // first of the free slots
	index    index
	due      heap // scheduled
	debounce heap // resting
	waiting  list
	lines    []line // by source

	order       uint32 // of the next entry of a heap
	returning   int    // parked agents whose line came up
	outstanding int    // attempts that were handed out and have not ended
	max         int
	debounceNS  int64
	allowCross  bool
	recycled    func(Key) bool
	counts      Counts
}

// New makes an empty table. It panics on a Config that Check refuses.
func New(cfg Config) *Table {
	if err := cfg.Check(); err != nil {
		panic(err)
	}
	t := &Table{
		slots:      make([]slot, cfg.Capacity),
		index:      newIndex(cfg.Capacity, cfg.Seed),
		due:        make(heap, 0, cfg.Capacity),
		debounce:   make(heap, 0, cfg.Capacity),
		waiting:    emptyList,
		lines:      make([]line, cfg.Sources),
		max:        cfg.Max,
		debounceNS: cfg.DebounceNS,
		allowCross: cfg.AllowCrossNamespace,
		recycled:   cfg.Recycled,
	}
	for i := range t.slots {
		t.slots[i].next = uint32(i + 1)
	}
	t.slots[cfg.Capacity-1].next = none
	for i := range t.lines {
		t.lines[i] = line{parked: emptyList}
	}
	return t
}

// Counts returns the totals since New.
func (t *Table) Counts() *Counts { return &t.counts }

// count counts an outcome and returns it.
func (t *Table) count(o Outcome) Outcome {
	t.counts.Outcomes[o]++
	return o
}

// admit gives a new agent a slot, or none: a free one, or that of the agent
// whose debounce ended first.
func (t *Table) admit(now int64, k Key) uint32 {
	if t.free == none {
		if len(t.debounce) == 0 || t.slots[t.debounce[0]].dueNS > now {
			return none
		}
		i := t.debounce[0]
		t.pull(&t.debounce, i)
		t.release(i)
		t.counts.Replaced++
	}
	i := t.free
	s := &t.slots[i]
	t.free = s.next
	*s = slot{attempt: s.attempt, source: k.Source, pid: k.PID}
	t.enter(i)
	return i
}

// release frees slot i, which is in no heap and in no list.
func (t *Table) release(i uint32) {
	t.strike(i)
	s := &t.slots[i]
	s.state, s.next = unused, t.free
	t.free = i
}

// schedule plans an attempt for slot i, which is in no heap and in no list.
func (t *Table) schedule(i uint32, at int64) {
	t.slots[i].state = scheduled
	t.push(&t.due, i, at)
}

// detach takes slot i out of the heap or list that holds it.
func (t *Table) detach(i uint32) {
	switch t.slots[i].state {
	case scheduled:
		t.pull(&t.due, i)
	case resting:
		t.pull(&t.debounce, i)
	case waiting:
		t.unlink(&t.waiting, i)
	case parked:
		t.unpark(i)
	}
}
