package children

import "golang.org/x/sys/unix"

// How much of the children's output is read, and how often. A pipe that had
// something is left alone until the next tick, so that neither one that is
// always full nor one that gets a byte at a time wakes the runner more often.
// Whoever prints faster than that waits for us a few milliseconds at a time,
// and is not stuck: 6 MB/s for one child, 26 MB/s for all of them, which costs
// a few hundredths of a processor.
const (
	tickNS    = 10e6
	pipeBytes = 64 << 10  // of one pipe in one tick: as much as a pipe holds
	tickBytes = 256 << 10 // of all in one tick; nobody is served when they are gone

	readBytes = 16 << 10 // in one call
)

// outputEvents: a pipe rings once, until the tick watches it again.
const outputEvents = unix.EPOLLIN | unix.EPOLLONESHOT

// pipe is the read end of one output.
type pipe struct {
	fd    int // -1: none, or ended
	bytes uint64
}

// output is what all children have in common.
type output struct {
	buf    []byte
	queue  []*child // resting, the one read longest ago first
	budget int      // bytes that may still be read before the next tick
	tickAt int64    // 0: nobody rests
}

// outputReady reads what a child has printed, and lets it rest.
func (w *worker) outputReady(c *child) {
	if c.resting {
		return // the tick will look at both pipes
	}
	o := &w.out
	if o.tickAt == 0 {
		o.tickAt, o.budget = w.now+tickNS, tickBytes
	}
	if o.budget > 0 {
		w.serve(c)
	}
	c.resting = true
	o.queue = append(o.queue, c)
}

// tick reads from those that rest, as far as the budget goes; the others are
// first at the next tick. A child that printed nothing since is watched again.
func (w *worker) tick() (more bool) {
	o := &w.out
	o.budget = tickBytes
	i, n := 0, len(o.queue)
	for ; i < n && o.budget > 0; i++ {
		c := o.queue[i]
		switch {
		case w.gone(c):
		case w.serve(c):
			o.queue = append(o.queue, c)
		default:
			c.resting = false
			w.watch(c)
			more = true
		}
	}
	left := copy(o.queue, o.queue[i:])
	clear(o.queue[left:])
	o.queue, o.tickAt = o.queue[:left], 0
	if len(o.queue) > 0 {
		o.tickAt = w.now + tickNS
	}
	return more
}

// watch lets the pipes ring again.
func (w *worker) watch(c *child) {
	for i := range c.pipes {
		if p := &c.pipes[i]; p.fd >= 0 && w.poller.Mod(p.fd, outputEvents, tokenOutput|uint64(c.slot)) != nil {
			w.drop(&p.fd) // it would never be heard of again
		}
	}
}

// serve reads from both pipes and reports whether there was anything.
func (w *worker) serve(c *child) (some bool) {
	for i := range c.pipes {
		n := w.take(c, &c.pipes[i], pipeBytes)
		w.out.budget -= n
		some = some || n > 0
	}
	return some
}

// take reads up to limit bytes of a pipe, and closes it at its end.
func (w *worker) take(c *child, p *pipe, limit int) (taken int) {
	for p.fd >= 0 && taken < limit {
		b := w.out.buf[:min(len(w.out.buf), limit-taken)]
		n, err := read(p.fd, b)
		if err == unix.EAGAIN {
			break
		}
		if n <= 0 {
			w.drop(&p.fd)
			break
		}
		taken += n
		p.bytes += uint64(n)
		c.tail.add(b[:n])
		if n < len(b) {
			break // most likely all there was
		}
	}
	return taken
}

// drain reads what the pipes hold at this moment, the rest of what a child
// that has ended can have printed. Whoever still holds them open may print on;
// nobody listens (linger.go).
func (w *worker) drain(c *child) {
	for i := range c.pipes {
		p := &c.pipes[i]
		if p.fd < 0 {
			continue
		}
		left, err := unix.IoctlGetInt(p.fd, unix.TIOCINQ) // FIONREAD; pipe(7)
		for err == nil && left > 0 && p.fd >= 0 {
			n := w.take(c, p, left)
			if n == 0 {
				break
			}
			left -= n
		}
	}
}
