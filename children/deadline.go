package children

import "golang.org/x/sys/unix"

const (
	// pollNS is how often children without a pidfd are asked after.
	pollNS = 50e6

	// reapNS is what a child has, at the least, to die of SIGKILL before Close
	// gives it up, should we have been held up ourselves.
	reapNS = 100e6

	// scanNS is how often the groups of held children are looked at.
	scanNS = 10e6
)

// expire does what is due, and reports whether the set must be looked at again.
func (w *worker) expire() (more bool) {
	if w.closeAt == 0 && w.front.closing.Load() {
		w.beginClose()
	}
	if w.signalAt != 0 && w.now >= w.signalAt {
		w.signalDue()
	}
	if w.pollAt != 0 && w.now >= w.pollAt {
		w.poll()
	}
	if w.scanAt != 0 && w.now >= w.scanAt {
		w.scanGroups()
	}
	if w.cutAt != 0 && w.now >= w.cutAt {
		w.cutOff(w.now)
	}
	if w.out.tickAt != 0 && w.now >= w.out.tickAt {
		more = w.tick()
	}
	return more
}

// beginClose refuses what was not started, sends SIGTERM to all, and sets the
// time of SIGKILL.
func (w *worker) beginClose() {
	grace := w.front.grace.Load()
	w.closeAt = later(w.now, max(grace, 1))
	killAt := later(w.now, grace/2)
	for w.startNext() {
	}
	for _, c := range w.slots {
		if c != nil && c.stage == stageNone {
			w.signal(c)
		}
	}
	for _, c := range w.slots {
		if c != nil && c.stage == stageTerm {
			c.signalAt = sooner(c.signalAt, killAt)
			w.signalAt = sooner(w.signalAt, c.signalAt)
		}
	}
}

// signalDue signals whoever is due, and finds the next one.
func (w *worker) signalDue() {
	w.signalAt = 0
	for _, c := range w.slots {
		if c == nil || c.signalAt == 0 {
			continue
		}
		if w.now >= c.signalAt {
			w.signal(c)
		}
		if !w.gone(c) {
			w.signalAt = sooner(w.signalAt, c.signalAt)
		}
	}
}

// signal sends the next signal to the group of a child that is not reaped.
func (w *worker) signal(c *child) {
	if c.endedNS == 0 {
		w.lookForEnd(c)
	}
	if w.gone(c) {
		return // just in time, by itself
	}
	if !c.unborn {
		w.readReport(c)
		c.unborn = c.report >= 0
	}
	if c.stage == stageNone {
		c.stage, c.timedOut = stageTerm, w.closeAt == 0
		c.signalAt = later(w.now, int64(w.o.KillAfter))
		sendGroup(c.pid, unix.SIGTERM)
		sendGroup(c.pid, unix.SIGCONT) // who is stopped could not hear
		return
	}
	c.stage, c.signalAt = stageKill, 0
	sendGroup(c.pid, unix.SIGKILL)
	if w.closeAt != 0 {
		w.closeAt = max(w.closeAt, w.now+reapNS)
	}
	if c.endedNS != 0 {
		w.finish(c)
	}
}

// sendGroup signals the group that pid leads. A child that went to another
// group is not in it, and gets the signal alone.
func sendGroup(pid int32, sig unix.Signal) {
	if unix.Kill(-int(pid), sig) == unix.ESRCH {
		_ = unix.Kill(int(pid), sig) // what cannot be signalled cannot be helped
	}
}

// poll asks after the children that have no pidfd.
func (w *worker) poll() {
	w.pollAt = 0
	for _, c := range w.slots {
		if c == nil || c.pidfd >= 0 || c.endedNS != 0 {
			continue
		}
		if !w.lookForEnd(c) {
			w.pollAt = w.now + pollNS
		}
	}
}
