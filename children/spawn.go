package children

import (
	"golang.org/x/sys/unix"

	"vlpd/platform"
)

// startNext starts the child of one request, and reports whether there may be
// more. Once closing it only says that it does not.
func (w *worker) startNext() (more bool) {
	a, _ := w.front.requests.Claim(1)
	if len(a) == 0 {
		return false
	}
	q := a[0]
	a[0] = nil // else the ring would keep its strings alive
	w.front.requests.Release()
	if w.closeAt != 0 {
		w.put(&Result{Token: q.Token, What: SpawnFailed, Errno: unix.ECANCELED, Call: "clone"})
		return true
	}
	c := w.newChild(q.Token)
	if call, err := w.launch(c, q); err != nil {
		w.put(&Result{Token: q.Token, What: SpawnFailed, Call: call, Errno: errnoOf(err)})
		w.remove(c)
	}
	return true
}

// launch makes pipes and process. The set gets to know the pipes first: of a
// child that runs nobody could say any more that it does not.
func (w *worker) launch(c *child, q *Request) (call string, err error) {
	argv, err := platform.CStrings(q.Argv)
	if err != nil || len(q.Argv) == 0 {
		return "execve", unix.EINVAL
	}
	f := platform.Fork{
		Paths: q.Command.paths, Argv: argv, Envp: q.Command.envp,
		Stdin: w.null, Stdout: -1, Stderr: -1, Report: -1, Caps: w.o.Caps,
	}
	defer func() {
		closeFD(f.Report)
		closeFD(f.Stdout)
		closeFD(f.Stderr)
	}()
	if call, err = w.pipe(&c.report, &f.Report, unix.EPOLLIN, tokenReport|uint64(c.slot)); err != nil {
		return call, err
	}
	if w.o.CaptureSet {
		for i, end := range [...]*int{&f.Stdout, &f.Stderr} {
			if call, err = w.pipe(&c.pipes[i].fd, end, outputEvents, tokenOutput|uint64(c.slot)); err != nil {
				return call, err
			}
		}
	}
	c.startedNS = w.o.Clock()
	if c.pid, c.pidfd, err = f.Start(); err != nil {
		return "clone", err
	}
	w.follow(c)
	return "", nil
}

// follow watches for the end of a child that runs.
func (w *worker) follow(c *child) {
	if !w.pidfds || c.pidfd >= 0 && w.poller.Add(c.pidfd, unix.EPOLLIN, tokenExit|uint64(c.slot)) != nil {
		closeFD(c.pidfd) // Linux 5.2 has pidfds that nobody can wait for
		c.pidfd = -1
	}
	if c.pidfd < 0 {
		w.pollAt = sooner(w.pollAt, w.now+pollNS)
	}
	if w.o.Timeout > 0 {
		c.signalAt = later(c.startedNS, int64(w.o.Timeout))
		w.signalAt = sooner(w.signalAt, c.signalAt)
	}
}

// pipe makes a pipe of which r, non-blocking, is watched.
func (w *worker) pipe(r, wr *int, events uint32, token uint64) (call string, err error) {
	var p [2]int
	if err := unix.Pipe2(p[:], unix.O_CLOEXEC); err != nil {
		return "pipe2", err
	}
	*r, *wr = p[0], p[1]
	if err := unix.SetNonblock(*r, true); err != nil {
		return "fcntl", err
	}
	return "epoll_ctl", w.poller.Add(*r, events, token)
}

// readReport learns whether the child became its program.
func (w *worker) readReport(c *child) {
	if c.report < 0 {
		return
	}
	var b [platform.ForkReportSize]byte
	n, err := read(c.report, b[:])
	if err == unix.EAGAIN {
		return
	}
	w.drop(&c.report)
	switch {
	case n == len(b):
		c.call, c.errno = platform.ForkReport(&b) // it exits; that is told then
	case !c.unborn:
		w.put(&Result{Token: c.token, What: Spawned, PID: c.pid})
	}
}

// read does not wait: its descriptors do not block.
func read(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		if err != unix.EINTR {
			return n, err
		}
	}
}

// later is at + d, at the most as late as can be.
func later(at, d int64) int64 {
	if at > 0 && d > maxNS-at {
		return maxNS
	}
	return at + d
}

const maxNS = 1<<63 - 1
