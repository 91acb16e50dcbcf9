package children

import (
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/lean"
	"vlpd/platform"
	"vlpd/ring"
)

// Runner runs commands. One goroutine, the loop, calls Start, Result, Running
// and, last, Close. All but Close return at once.
type Runner struct {
	requests *ring.Ring[*Request]
	results  *ring.Ring[*Result]
	bell     *platform.Doorbell
	max      int
	running  int // taken, and not told to have ended
	closed   bool

	closing atomic.Bool
	grace   atomic.Int64  // ns; valid when closing
	cut     atomic.Int32  // see CutOff
	done    chan struct{} // closed when the runner's goroutine has ended
	left    int           // children not reaped; valid when done
}

// New opens what the runner needs and starts its goroutine.
func New(o Options) (*Runner, error) { return newRunner(o, true) }

// newRunner can be told to do without pidfds, as on kernels before 5.3.
func newRunner(o Options, pidfds bool) (*Runner, error) {
	if o.Max < 1 || o.Max > MaxChildren || o.Capture < 0 {
		panic("children: Max is " + strconv.Itoa(o.Max) + ", Capture " + strconv.Itoa(o.Capture))
	}
	if o.KillAfter == 0 {
		o.KillAfter = defaultKillAfter
	}
	r := &Runner{
		requests: ring.New[*Request](o.Max),
		results:  ring.New[*Result](2 * o.Max), // Spawned and Ended of each
		max:      o.Max,
		done:     make(chan struct{}),
	}
	w, err := newWorker(r, o, pidfds)
	if err != nil {
		return nil, lean.Wrap("recovery commands", err)
	}
	go w.run()
	return r, nil
}

// Start asks for a run. It is false, and nothing happens, when Max runs are
// taken whose end Result has not told yet, or after Close.
func (r *Runner) Start(q Request) bool {
	p := &q
	if r.closed || r.running >= r.max || !r.requests.Put(&p) {
		return false
	}
	r.requests.Publish()
	r.running++
	r.bell.Ring()
	return true
}

// Running is how many runs are taken and not told to have ended.
func (r *Runner) Running() int { return r.running }

// Result returns the oldest result that was not returned yet; false: none.
func (r *Runner) Result() (Result, bool) {
	a, _ := r.results.Claim(1)
	if len(a) == 0 {
		return Result{}, false
	}
	res := a[0]
	a[0] = nil // the tail is the caller's alone
	r.results.Release()
	if res.What != Spawned {
		r.running--
	}
	return *res, true
}

// Close ends all children: SIGTERM to their groups, SIGKILL at half of grace.
// It returns when all have ended, or after grace, and says how many are left.
// Requests that were not started yet fail with ECANCELED. Results stay there
// to be read.
func (r *Runner) Close(grace time.Duration) (left int) {
	if !r.closed {
		r.closed = true
		r.grace.Store(int64(grace))
		r.closing.Store(true)
		r.bell.Ring()
	}
	// The runner itself gives up after grace, unless a fork hangs.
	alarm := lean.NewAlarm(grace + grace/4)
	defer alarm.Stop()
	select {
	case <-r.done:
		return r.left
	case <-alarm.C:
		return r.running
	}
}

// errnoOf is the errno of a failed system call.
func errnoOf(err error) unix.Errno {
	e, _ := errors.AsType[unix.Errno](err)
	return e
}
