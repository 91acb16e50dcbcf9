package children

import "golang.org/x/sys/unix"

const (
	// lingerNS is what a program has to redirect its output when the shell that
	// started it has ended right behind its `&`.
	lingerNS = 1e9

	// lingerMost bounds the descriptors that this takes; more are cut off at once.
	lingerMost = 8
)

// lingering is the output of a child that has ended, which somebody it left
// running had still. It is not read any more.
type lingering struct {
	pid int32  // the child's
	fds [2]int // -1: none
	at  int64  // when it is cut off
}

// linger takes over the pipes of a child, if somebody has their other ends.
func (w *worker) linger(c *child) {
	l := lingering{pid: c.pid, fds: [2]int{-1, -1}, at: w.now + lingerNS}
	for i := range c.pipes {
		if p := &c.pipes[i]; p.fd >= 0 && hungUp(p.fd) {
			w.drop(&p.fd)
		}
	}
	if c.pipes[0].fd < 0 && c.pipes[1].fd < 0 || w.closeAt != 0 || len(w.lingering) == lingerMost {
		return
	}
	for i := range c.pipes {
		if fd := c.pipes[i].fd; fd >= 0 {
			_ = w.poller.Del(fd)
			l.fds[i], c.pipes[i].fd = fd, -1
		}
	}
	w.lingering = append(w.lingering, l)
	w.cutAt = w.lingering[0].at
}

// cutOff closes what is due, and has it told whose was still in use: SIGPIPE
// will end whoever prints there.
func (w *worker) cutOff(due int64) {
	for w.cutAt = 0; len(w.lingering) > 0; w.lingering = w.lingering[:copy(w.lingering, w.lingering[1:])] {
		l := &w.lingering[0]
		if l.at > due {
			w.cutAt = l.at
			return
		}
		for _, fd := range l.fds {
			if fd >= 0 && !hungUp(fd) {
				w.front.cut.Store(l.pid)
				w.told = true
			}
			closeFD(fd)
		}
	}
}

// hungUp reports whether nobody has the other end of a pipe; poll(2). EINTR, which
// a signal for the runtime can cause even though there is nothing to wait for,
// comes only where there is nothing to report.
func hungUp(fd int) bool {
	p := []unix.PollFd{{Fd: int32(fd)}}
	_, _ = unix.Poll(p, 0)
	return p[0].Revents&unix.POLLHUP != 0
}

// CutOff is the last child of which a program was left running whose output was
// closed since this was asked last; 0: none.
func (r *Runner) CutOff() int32 { return r.cut.Swap(0) }
