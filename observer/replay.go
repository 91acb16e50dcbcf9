package observer

import (
	"strconv"
	"time"

	"vlpd/diag"
	"vlpd/event"
	"vlpd/lean"
	"vlpd/sink"
	"vlpd/state"
)

const (
	// replayEveryNS is how often counters are saved while sealed beats come. It
	// is also about how long an agent may be refused after a power cut.
	replayEveryNS = int64(60e9)

	// Sessions that begin are saved at once, so many in a row and then one in
	// half a minute: whoever has a key must not wear the flash with them.
	replayBurst   = 16
	replayPaceNS  = int64(30e9)
	replaySenders = 256 // that are copied in a turn

	// replayMost is the largest file: all senders with all sessions.
	replayMost = 64 << 20
)

// replayStore keeps what sealed sources remember (--state-dir). The loop copies
// it, a goroutine writes it, one source at a time.
type replayStore struct {
	store *state.Store
	dir   string
	log   *diag.Log
	ring  func() // wakes the loop
	jobs  chan *replayJob
	done  chan *replayJob

	sources []replaySource
	job     replayJob // its buffers go to and fro
	state   replayState
	failed  bool // the last save; said
}

// replayState is where a save has come to.
type replayState uint8

const (
	replayIdle    replayState = iota
	replayCopying             // by the loop, a part in each turn
	replayWriting             // by the goroutine
)

// replaySource is one keyring.
type replaySource struct {
	keys     *keyring
	name     state.Name
	filter   state.Name
	lastNS   int64
	tokens   int
	tokensNS int64 // when there was one more
}

// replayJob is one save.
type replayJob struct {
	source         int
	exact          bool
	content, extra []byte // extra: the filter, empty as a rule
	err            error
}

// buildReplay is for --state-dir.
func buildReplay(o *observer, _ *event.Format) (err error) {
	if o.c.StateDir != "" {
		if o.loop.replay, err = newReplayStore(o, o.c.StateDir, state.OS()); err != nil {
			err = lean.Mark("--state-dir "+err.Error(), err)
		}
	}
	return err
}

// newReplayStore reads what there is; everything that is wrong with it is an
// error, for the frames that it would keep out are in the hands of others.
func newReplayStore(o *observer, dir string, files state.FS) (*replayStore, error) {
	if err := state.CheckDir(dir); err != nil {
		return nil, err
	}
	l := o.loop
	fd, err := state.Lock(dir)
	if err != nil {
		return nil, err
	}
	o.stateLock = fd + 1
	r := &replayStore{
		store: state.NewStore(files, dir), dir: dir, log: o.diag, ring: l.signals.bell.Ring,
		jobs: make(chan *replayJob, 1), done: make(chan *replayJob, 1),
	}
	now := l.clock.Now()
	for _, k := range l.keyrings {
		r.sources = append(r.sources, replaySource{
			keys: k, name: r.store.Name("replay-" + k.file), filter: r.store.Name("replay-" + k.file + ".filter"),
			lastNS: now, tokens: replayBurst, tokensNS: now,
		})
		k.opener.Tick(now)
		if err := r.load(&r.sources[len(r.sources)-1]); err != nil {
			return nil, err
		}
	}
	for i := range r.sources { // a folder that cannot be written is found out now
		err := r.saveNow(i)
		if errno, _ := errnoOf(err); err != nil && !sink.BadMedium(errno) {
			return nil, err // else it was said, and observing must not end with a card
		}
	}
	go r.write()
	return r, nil
}

func (r *replayStore) load(s *replaySource) error {
	s.keys.opener.Keep(replayEveryNS)
	content, err := r.store.Load(s.name, replayMost)
	if err != nil {
		return hint(err, r.dir)
	}
	filter, err := r.store.Load(s.filter, replayMost)
	if err != nil {
		return hint(err, r.dir)
	}
	if content == nil {
		if filter != nil {
			return hint(lean.New(s.name.String()+" is missing, and "+s.filter.String()+" is there"), r.dir)
		}
		r.log.Say(diag.Info, s.keys.source+": no replay memory in "+r.dir+" yet: frames that were recorded before this start would be taken")
		return nil
	}
	if err := s.keys.opener.Restore(content, filter); err != nil {
		return hint(lean.Wrap(s.name.String(), err), r.dir)
	}
	r.log.Say(diag.Info, s.keys.source+": replay memory of "+strconv.Itoa(s.keys.opener.Senders())+" senders is back")
	return nil
}

// hint says what people can do.
func hint(err error, dir string) error {
	return lean.Mark(err.Error()+" (to start without it remove the replay-* files in "+dir+
		": frames that were recorded before are then taken once more, until new keys are made)", err)
}

// saveNow saves a source in this goroutine, at the start.
func (r *replayStore) saveNow(i int) error {
	r.begin(i, true)
	for !r.copy(replaySenders) {
	}
	r.perform(&r.job)
	r.finish(&r.job)
	return r.job.err
}

// write is the goroutine. It ends when jobs is closed, or with the process.
func (r *replayStore) write() {
	for job := range r.jobs {
		r.perform(job)
		r.done <- job
		r.ring()
	}
}

// perform writes the filter first: it may know more than the rest, not less.
func (r *replayStore) perform(job *replayJob) {
	job.err = nil
	s := &r.sources[job.source]
	if len(job.extra) > 0 {
		job.err = r.store.Save(s.filter, job.extra)
	}
	if job.err == nil {
		job.err = r.store.Save(s.name, job.content)
	}
}

// stopReplay saves the counters as they are, so that no agent is refused for a
// moment after the next start. It waits no longer than that.
func (l *loop) stopReplay(patience time.Duration) {
	r := l.replay
	if r == nil {
		return
	}
	l.replay = nil
	end := lean.NewAlarm(max(patience, time.Millisecond))
	defer end.Stop()
	if r.state == replayWriting {
		select {
		case job := <-r.done:
			r.finish(job)
		case <-end.C:
			r.log.Say(diag.Warn, "replay memory: the last save hangs; agents may be refused for a minute after the next start")
			return
		}
	}
	for i := range r.sources {
		r.begin(i, true)
		for !r.copy(replaySenders) {
		}
		r.jobs <- &r.job
		select {
		case job := <-r.done:
			r.finish(job)
		case <-end.C:
			r.log.Say(diag.Warn, "replay memory: its last save was not done in time; agents may be refused for a minute after the next start")
			return
		}
	}
	close(r.jobs)
}
