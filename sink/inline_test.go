package sink

// syncInline does a job at once and keeps the result until it is asked for.
type syncInline struct {
	w      *writer
	result syncResult
}

func (i *syncInline) start(j syncJob) {
	i.result = j.run(&i.w.o, i.w.names.Dir, &i.w.front.stats)
}

// open is Open without goroutines, with the start row synced.
func open(o Options, f *front) (*writer, error) {
	w, err := begin(o, f)
	if err != nil {
		return nil, err
	}
	w.repairGenerations()
	inline := &syncInline{w: w}
	w.syncer = inline
	for w.step(w.now); w.inFlight; w.step(w.now) {
		w.finish(inline.result, o.Clock())
	}
	return w, nil
}
