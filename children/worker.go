package children

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/platform"
)

// Tokens say which member of the epoll set is ready: the kind above, the
// child's slot below.
const (
	tokenBell = uint64(iota) << 32
	tokenTimer
	tokenExit
	tokenReport
	tokenOutput

	tokenKind = 0xffffffff << 32
)

// worker is the runner's goroutine: the one owner of all children. It works in
// turns, as the loop does; a turn waits for no child.
type worker struct {
	o      Options
	front  *Runner
	poller *platform.Poller
	timer  *platform.Timer
	bell   *platform.Doorbell
	null   int  // /dev/null, the stdin of children
	pidfds bool // use them if there are any

	slots []*child // nil: free
	free  []int32
	live  int
	held  []*child // ended after SIGTERM, their groups perhaps not; or gone
	told  bool     // results were put in this turn
	out   output

	lingering []lingering // the one that is due first in front

	now      int64
	armed    int64 // what the timer is set for; 0: nothing
	signalAt int64 // the earliest signalAt of a child, or before; 0: none
	scanAt   int64 // when to look at the groups of held; 0: none are held
	pollAt   int64 // when to ask after children without a pidfd; 0: there are none
	cutAt    int64 // when lingering has something to do; 0: there is nothing
	closeAt  int64 // when to give up; 0: not closing
}

func newWorker(front *Runner, o Options, pidfds bool) (*worker, error) {
	w := &worker{o: o, front: front, null: -1, pidfds: pidfds}
	err := w.open()
	if err != nil {
		w.close()
		return nil, err
	}
	front.bell = w.bell
	if o.CaptureSet {
		w.out.buf = make([]byte, readBytes)
	}
	return w, nil
}

func (w *worker) open() (err error) {
	if w.null, err = unix.Open("/dev/null", unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
		return lean.PathError("open", "/dev/null", err)
	}
	if w.poller, err = platform.NewPoller(); err != nil {
		return err
	}
	if w.timer, err = platform.NewTimer(unix.CLOCK_MONOTONIC); err != nil {
		return err
	}
	if w.bell, err = platform.NewDoorbell(); err != nil {
		return err
	}
	if err = w.poller.Add(w.bell.FD(), unix.EPOLLIN, tokenBell); err != nil {
		return err
	}
	return w.poller.Add(w.timer.FD(), unix.EPOLLIN, tokenTimer)
}

// close gives back what open got.
func (w *worker) close() {
	if w.bell != nil {
		w.bell.Close()
	}
	if w.timer != nil {
		w.timer.Close()
	}
	if w.poller != nil {
		w.poller.Close()
	}
	closeFD(w.null)
}

func (w *worker) run() {
	_ = w.poller.Run(w.turn) // no error is possible while the set is open
	w.front.left = w.live
	w.abandon()
	w.close()
	close(w.front.done)
}

// turn serves what is ready, then what time alone brings, then starts one
// child: a fork takes as long as all the rest.
func (w *worker) turn() (idle, done bool) {
	n, more := w.poller.Poll()
	w.now = w.o.Clock()
	for i := range n {
		token, _ := w.poller.Event(i)
		w.ready(token)
	}
	more = w.expire() || more
	more = w.startNext() || more
	w.publish()
	if w.closeAt != 0 && (w.live == 0 || w.now >= w.closeAt) {
		return false, true
	}
	if !more {
		w.arm()
	}
	return !more, false
}

// ready takes one event of the epoll set. It is a hint only: what happened is
// found out by trying.
func (w *worker) ready(token uint64) {
	switch token & tokenKind {
	case tokenBell:
		w.bell.Answer()
		return
	case tokenTimer:
		w.timer.Clear()
		w.armed = 0
		return
	}
	c := w.slots[uint32(token)]
	if c == nil {
		return // removed for an event before this one
	}
	switch token & tokenKind {
	case tokenExit:
		w.lookForEnd(c)
	case tokenReport:
		w.readReport(c)
	case tokenOutput:
		w.outputReady(c)
	}
}

// arm sets the timer for the next thing that time alone brings.
func (w *worker) arm() {
	next := int64(0)
	for _, at := range [...]int64{w.signalAt, w.scanAt, w.pollAt, w.out.tickAt, w.cutAt, w.closeAt} {
		next = sooner(next, at)
	}
	if next == 0 || next == w.armed {
		return // a ring in vain does no harm
	}
	// The options' clock may be any; a deadline is as far from now on each.
	var ts unix.Timespec
	err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts)
	if err == nil && w.timer.Set(ts.Nano()+max(next-w.o.Clock(), 1)) == nil {
		w.armed = next
	}
}

// put adds a result; the loop sees it when the turn ends.
func (w *worker) put(res *Result) {
	if !w.front.results.Put(&res) {
		panic("children: more results than requests can have")
	}
	w.told = true
}

func (w *worker) publish() {
	if !w.told {
		return
	}
	w.told = false
	w.front.results.Publish()
	if w.o.Notify != nil {
		w.o.Notify()
	}
}

// sooner is the earlier of two times, of which 0 is never.
func sooner(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
