package observer

import (
	"vlpd/diag"
	"vlpd/secure"
)

// replays does the loop's part of keeping what sealed sources remember: it sees
// who wants to be saved, copies a part in a turn, and hands it to the goroutine.
// It reports whether there is more to copy.
func (l *loop) replays() (more bool) {
	r := l.replay
	if r.state == replayWriting {
		select {
		case job := <-r.done:
			r.finish(job)
		default:
			return false
		}
	}
	if r.state == replayIdle {
		for i := range r.sources {
			if at := r.sources[i].dueAt(l.now); at != 0 && at <= l.now {
				r.sources[i].spend(l.now)
				r.begin(i, false)
				break
			}
		}
	}
	if r.state == replayCopying {
		if !r.copy(replaySenders) {
			return true
		}
		r.state = replayWriting
		r.jobs <- &r.job // one slot, and nobody else has a job
	}
	return false
}

// next is when a source wants to be saved; 0: none does, or one is being saved.
func (r *replayStore) next(now int64) (at int64) {
	if r.state != replayIdle {
		return 0
	}
	for i := range r.sources {
		if due := r.sources[i].dueAt(now); due != 0 && (at == 0 || due < at) {
			at = due
		}
	}
	return at
}

// dueAt is when the source is to be saved; 0: it has not changed.
func (s *replaySource) dueAt(now int64) int64 {
	switch s.keys.opener.Need() {
	case secure.NeedSave:
		return s.lastNS + replayEveryNS
	case secure.NeedSaveNow:
		if s.tokens > 0 || now-s.tokensNS >= replayPaceNS {
			return now
		}
		return min(s.tokensNS+replayPaceNS, s.lastNS+replayEveryNS)
	}
	return 0
}

// spend takes a token for a save out of turn.
func (s *replaySource) spend(now int64) {
	if n := (now - s.tokensNS) / replayPaceNS; n > 0 {
		s.tokens = min(s.tokens+int(min(n, replayBurst)), replayBurst)
		s.tokensNS += n * replayPaceNS
	}
	if now < s.lastNS+replayEveryNS && s.tokens > 0 {
		s.tokens--
	}
	s.lastNS = now
}

func (r *replayStore) begin(i int, exact bool) {
	j := &r.job
	j.source, j.exact = i, exact
	j.extra = j.extra[:0]
	j.content = r.sources[i].keys.opener.BeginSave(j.content[:0], exact)
	r.state = replayCopying
}

// copy reports whether all is copied.
func (r *replayStore) copy(senders int) (done bool) {
	j, o := &r.job, r.sources[r.job.source].keys.opener
	if j.content, done = o.StepSave(j.content, senders); done && o.FilterDue() {
		j.extra = o.SaveFilter(j.extra, j.content)
	}
	return done
}

// finish takes the result of a save. What failed is tried again with the next
// save that is due; observing goes on, for the memory itself is whole.
func (r *replayStore) finish(job *replayJob) {
	r.state = replayIdle
	r.sources[job.source].keys.opener.Saved(job.extra, job.err == nil)
	switch {
	case job.err != nil && !r.failed:
		r.log.SayError(diag.Error, "replay memory: not saved; after a crash or power cut frames that are recorded now could be taken again", job.err)
	case job.err == nil && r.failed:
		r.log.Say(diag.Info, "replay memory: saved again")
	}
	r.failed = job.err != nil
}
