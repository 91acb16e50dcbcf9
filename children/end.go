package children

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// lookForEnd reports whether the child has ended. It is reaped at once, unless
// its group was told to end: then its number must stay taken until all of the
// group is gone.
func (w *worker) lookForEnd(c *child) bool {
	ended, reaped := look(c.pid)
	if !ended {
		return false
	}
	c.endedNS = w.o.Clock()
	w.drop(&c.pidfd)
	if c.stage == stageTerm && !reaped {
		w.held = append(w.held, c)
		w.scanAt = w.now // in this turn, together with others
		return true
	}
	w.finish(c)
	return true
}

// look does not reap; waitid(2). Somebody else should not have done so either:
// the number is nobody's then, and must not be signalled.
func look(pid int32) (ended, reaped bool) {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, int(pid), &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	reaped = err == unix.ECHILD
	return reaped || info.Signo != 0, reaped
}

// scanGroups finishes the held children whose groups are empty. The kernel has
// no question for that: a group with nothing but its zombie in it can still be
// signalled. If /proc cannot be read, they wait for their SIGKILL.
func (w *worker) scanGroups() {
	names, err := lean.Names("/proc")
	crowded := make([]bool, len(w.held))
	for _, name := range names {
		pid, ok := lean.Uint(name, 10, 1<<31-1)
		if !ok {
			continue
		}
		pgid, e := unix.Getpgid(int(pid))
		for i, c := range w.held {
			if e == nil && pgid == int(c.pid) && pid != uint64(c.pid) && !zombie(name) {
				crowded[i] = true
			}
		}
	}
	still := w.held[:0]
	for i, c := range w.held {
		switch {
		case w.gone(c):
		case err == nil && !crowded[i]:
			w.finish(c)
		default:
			still = append(still, c)
		}
	}
	clear(w.held[len(still):])
	w.held, w.scanAt = still, 0
	if len(still) > 0 {
		w.scanAt = w.now + scanNS
	}
}

// zombie reports whether a process has ended and waits for its parent, which
// may take its time; proc_pid_stat(5). One that has just gone is none: the next
// look does not find it.
func zombie(pid string) bool {
	stat, _ := lean.ReadText("/proc/" + pid + "/stat")
	for i := len(stat) - 1; i >= 0; i-- {
		if stat[i] == ')' { // the last: the name before it may hold any
			return len(stat) > i+2 && (stat[i+2] == 'Z' || stat[i+2] == 'X')
		}
	}
	return false
}

// finish reads what is left of the output, reaps, and tells.
func (w *worker) finish(c *child) {
	w.readReport(c) // the pipe's other end is closed by now
	w.drain(c)
	w.linger(c)
	var status unix.WaitStatus
	_, err := unix.Wait4(int(c.pid), &status, unix.WNOHANG, nil)
	if c.unborn && c.call == "" {
		w.judgeUnborn(c, err == nil && status.Signaled())
	}
	w.put(c.result(status, err))
	w.remove(c)
}

// judgeUnborn decides about a child that was signalled before it was known to
// be the program. It had no handler, so the signal ended it before the program
// could do anything; unless it was through just then.
func (w *worker) judgeUnborn(c *child, killed bool) {
	switch {
	case !killed:
		w.put(&Result{Token: c.token, What: Spawned, PID: c.pid})
	case c.timedOut:
		c.call, c.errno = "execve", unix.ETIMEDOUT
	default:
		c.call, c.errno = "execve", unix.ECANCELED
	}
}

// result is the last of a child that was reaped.
func (c *child) result(status unix.WaitStatus, err error) *Result {
	res := &Result{Token: c.token, PID: c.pid, TimedOut: c.timedOut, DurationNS: c.endedNS - c.startedNS}
	if c.call != "" {
		res.What, res.Call, res.Errno = SpawnFailed, c.call, c.errno
		return res
	}
	res.What = Ended
	res.Stdout, res.Stderr, res.Tail = c.pipes[0].bytes, c.pipes[1].bytes, c.tail.bytes()
	switch {
	case err != nil:
		res.Call, res.Errno, res.ExitCode = "wait4", errnoOf(err), -1
	case status.Signaled():
		res.Signal, res.ExitCode = int(status.Signal()), -1
	default:
		res.ExitCode = status.ExitStatus()
	}
	return res
}
