package children

import "golang.org/x/sys/unix"

// child is one run, from its request to its last result.
type child struct {
	token uint64
	slot  int32
	pid   int32 // 0: not forked yet
	pidfd int   // -1: none, or not needed any more

	report int    // read end of Fork.Report; -1: read
	call   string // what failed before the program ran
	errno  unix.Errno
	unborn bool // it was signalled while report said nothing yet

	pipes   [2]pipe // of stdout and stderr
	tail    tail
	resting bool // its pipes are looked at by the tick

	startedNS int64
	endedNS   int64 // 0: it has not
	signalAt  int64 // when its group gets the next signal; 0: never
	stage     stage
	timedOut  bool
}

// stage is which signal the group got last.
type stage uint8

const (
	stageNone stage = iota
	stageTerm
	stageKill
)

// newChild takes a slot.
func (w *worker) newChild(token uint64) *child {
	c := &child{token: token, pidfd: -1, report: -1, tail: tail{limit: w.o.Capture}}
	c.pipes[0].fd, c.pipes[1].fd = -1, -1
	if last := len(w.free) - 1; last >= 0 {
		c.slot = w.free[last]
		w.free = w.free[:last]
		w.slots[c.slot] = c
	} else {
		c.slot = int32(len(w.slots))
		w.slots = append(w.slots, c)
	}
	w.live++
	return c
}

// remove closes what is open for a child and gives its slot back.
func (w *worker) remove(c *child) {
	w.drop(&c.pidfd)
	w.drop(&c.report)
	w.drop(&c.pipes[0].fd)
	w.drop(&c.pipes[1].fd)
	w.slots[c.slot] = nil
	w.free = append(w.free, c.slot)
	w.live--
}

// gone reports whether c was removed.
func (w *worker) gone(c *child) bool { return w.slots[c.slot] != c }

// drop closes a member of the epoll set, once. The explicit Del matters: a
// child that has not come to execve yet shares the file, and would keep it in
// the set.
func (w *worker) drop(fd *int) {
	if *fd < 0 {
		return
	}
	_ = w.poller.Del(*fd) // it may never have been added
	closeFD(*fd)
	*fd = -1
}

// abandon lets go of the children that could not be reaped.
func (w *worker) abandon() {
	for _, c := range w.slots {
		if c != nil {
			w.remove(c)
		}
	}
	w.cutOff(maxNS)
}

func closeFD(fd int) {
	if fd >= 0 {
		unix.Close(fd)
	}
}
