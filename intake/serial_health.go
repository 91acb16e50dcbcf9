package intake

import "time"

// Diagnosis is what a line's counters say about its wire.
type Diagnosis uint8

// The diagnoses.
const (
	Unjudged   Diagnosis = iota // no window has passed yet
	Silent                      // no bytes: cable, power, or nothing to say
	Unreadable                  // bytes but no frame: wrong speed, mode or protocol
	Noisy                       // frames, and an eighth or more of the bytes between them is lost
	Clear                       // frames, and little else
	Down                        // no wire to judge: the line is not open
	Diagnoses                   // how many there are
)

var diagnosisWords = [Diagnoses]string{
	Unjudged:   "unjudged",
	Silent:     "silent",
	Unreadable: "unreadable",
	Noisy:      "noisy",
	Clear:      "clear",
	Down:       "down",
}

// Doubtful reports that the line may not be set as it was.
func (d Diagnosis) Doubtful() bool { return d == Silent || d == Unreadable || d == Noisy }

// String returns one word for people and for labels.
func (d Diagnosis) String() string { return diagnosisWords[d] }

// healthWindow is how long bytes are counted for one diagnosis: ten beats of a
// device that beats each second.
const healthWindow = 10 * time.Second

// minBytes is how many bytes without a frame are too many: with fewer, a frame
// may have been cut at both ends.
const minBytes = 64

// health remembers the counters at the start of the window.
type health struct {
	began                  bool
	at                     int64
	seen, skipped, accepts uint64
	diagnosis              Diagnosis
}

// Diagnose judges the line by what came in since the last judgement, if that
// is at least ten seconds ago, and repeats the last judgement otherwise. now is
// in ns on any clock that does not go back. Whoever asks more rarely gets a
// judgement over that longer time.
func (l *Line) Diagnose(now int64) Diagnosis {
	h := &l.health
	if l.FD() < 0 {
		*h = health{} // a window begins when it is up again
		return Down
	}
	if h.began && now-h.at < int64(healthWindow) {
		return h.diagnosis
	}
	seen, skipped := l.Bytes()
	if h.began {
		h.diagnosis = judgeBytes(seen-h.seen, skipped-h.skipped, l.frames-h.accepts)
	}
	h.began, h.at = true, now
	h.seen, h.skipped, h.accepts = seen, skipped, l.frames
	return h.diagnosis
}

// judgeBytes is the rule: of seen bytes, skipped belonged to no frame.
func judgeBytes(seen, skipped, frames uint64) Diagnosis {
	switch {
	case seen == 0:
		return Silent
	case frames == 0 && seen < minBytes:
		return Noisy
	case frames == 0:
		return Unreadable
	case skipped >= (seen+7)/8:
		return Noisy
	}
	return Clear
}
