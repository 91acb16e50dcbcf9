package observer

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/intake"
)

const (
	// longestWindow is how long beats may wait in the kernel's queue so that
	// one wake-up serves many. Deadlines are judged only after the queue was
	// emptied, so nobody's stall is later or earlier for it.
	longestWindow = int64(5 * time.Millisecond)

	// shortestWindow is what is not worth sleeping for: a wake-up costs
	// several microseconds.
	shortestWindow = int64(50 * time.Microsecond)

	// enough is how many beats make a window pay: full batches, for which a
	// wake-up costs a few hundredths of what receiving does. Waiting for more would
	// only fill the queue and slow the senders down.
	enough = 4 * fullBatch

	// worthwhile is how many beats a longest window must bring to be opened.
	worthwhile = 2

	// pidMaxEveryNS limits how often a frame with a high pid makes us read
	// the kernel's limit anew.
	pidMaxEveryNS = int64(time.Second)
)

// socket is a Unix socket as the loop has it: when to look at it.
//
// A wake-up costs more than all else that a beat costs, so where the kernel
// holds enough datagrams for us, the socket is watched for one event only and
// then looked at by the clock, as long as that brings several beats a look.
// Where the queue is short (11 datagrams by default) every event wakes us.
type socket struct {
	unix    *intake.Unix
	source  uint16
	batched bool // the queue is long enough for windows
	open    bool // to other users, who must not wear the log: see refused

	pending bool  // readable, or not read to its end
	tickAt  int64 // when to look without being woken; 0: wait for the event

	failed bool // the last try to receive
	mute   mute

	rate     rate
	pidMaxAt int64
	rowAt    int64 // when the last row of refused was written
}

func (s *socket) wake() { s.pending = true }

func (s *socket) due(now int64) bool {
	return s.pending || (s.tickAt != 0 && now >= s.tickAt)
}

// settle decides when to look again, and reports whether that is at once.
func (s *socket) settle(l *loop, taken int, full bool) (more bool) {
	s.pending = full
	s.rate.add(l.now, taken)
	token := tokenSocket | uint64(s.source)
	if s.failed {
		s.pending = false
		s.mute.begin(l, s.unix.FD(), token)
		s.tickAt = s.mute.until
		return false
	}
	if s.mute.until != 0 {
		s.mute.until, s.tickAt = 0, 0
		if !s.batched {
			l.poller.Mod(s.unix.FD(), unix.EPOLLIN, token)
		}
	}
	if full || !s.batched {
		return full
	}
	window := s.window()
	if taken == 0 || window == 0 {
		s.tickAt = 0
		l.poller.Mod(s.unix.FD(), wakeOnce, token)
		return false
	}
	if window < shortestWindow {
		s.pending = true
		return true
	}
	s.tickAt = l.now + window
	return false
}

// window is how long to leave the queue alone: 0 if beats are too rare, or too
// little known, for it to bring anything.
func (s *socket) window() int64 {
	per := s.rate.intervalNS()
	if per*worthwhile > longestWindow {
		return 0
	}
	return min(longestWindow, per*min(enough, int64(s.unix.QueueLimit()/4)))
}

// crowded reports whether beats come so fast that their queue would overflow if
// we could not run from now until at. Then the timer must ring before: its
// lateness is the only proof of such a pause.
func (s *socket) crowded(now, at int64) bool {
	return now-s.rate.until < rateSpan && s.rate.intervalNS()*int64(s.unix.QueueLimit()) < at-now
}

// refreshPIDMax reads the limit anew, at most once a second: it may have been
// raised since. Reading procfs waits for no device.
func (s *socket) refreshPIDMax(now int64) bool {
	if s.pidMaxAt != 0 && now-s.pidMaxAt < pidMaxEveryNS {
		return false
	}
	s.pidMaxAt = now
	s.unix.SetPIDMax(intake.ReadPIDMax())
	return true
}

// rate knows how far beats are apart lately.
type rate struct {
	since int64 // the beats came in (since, until]
	until int64
	beats int64
}

const (
	rateSpan = int64(200 * time.Millisecond) // of the past, counted in full
	rateMin  = 8                             // beats before there is a rate at all
)

// add notes taken beats at now; the older half of the past fades.
func (r *rate) add(now int64, taken int) {
	if now-r.until > rateSpan {
		r.since, r.beats = now, 0 // beats of another time; these open a new one
		taken = 0
	}
	r.until = now
	r.beats += int64(taken)
	if span := now - r.since; span > rateSpan {
		r.since += span / 2
		r.beats /= 2
	}
}

// intervalNS is the mean time between beats, ns; very long if it is unknown.
func (r *rate) intervalNS() int64 {
	if r.beats < rateMin {
		return 1 << 40
	}
	return (r.until - r.since) / r.beats
}

// errnoOf finds the errno in an error of a system call.
func errnoOf(err error) (unix.Errno, bool) {
	return errors.AsType[unix.Errno](err)
}
