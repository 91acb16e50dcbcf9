package client

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// Watchdog beats while work gets done: as long as each of its tasks is in time.
// One late task, and there is no beat; the observer sees a stall and does what
// it was told to. It has no beat either as long as it has no task, for then
// nothing shows that the program works.
//
//	w := c.Watchdog()
//	poll := w.Task("poll", 5*time.Second)
//	go func() {
//		for {
//			poll.Progress()
//			pollOnce()
//		}
//	}()
//	go w.Run(ctx, time.Second)
type Watchdog struct {
	c     *Client
	begin time.Time

	mu    sync.Mutex
	tasks []*Task
	say   func() (Status, uint32)
}

// Watchdog returns a watchdog without tasks that beats for c.
func (c *Client) Watchdog() *Watchdog { return &Watchdog{c: c, begin: time.Now()} }

// Say has each beat ask f what to say; without it beats say OK.
func (w *Watchdog) Say(f func() (Status, uint32)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.say = f
}

// Task is one thing that must go on. Its methods may be called by any goroutine.
type Task struct {
	w      *Watchdog
	name   string
	within time.Duration
	due    atomic.Int64 // ns since begin; idle: no time
}

const idle = int64(1<<63 - 1)

// Task adds a task, whose first Progress is due within that time. name is for
// Late.
func (w *Watchdog) Task(name string, within time.Duration) *Task {
	if within <= 0 {
		panic("client: task " + name + " within " + within.String())
	}
	t := &Task{w: w, name: name, within: within}
	t.Progress()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tasks = append(w.tasks, t)
	return t
}

// Progress says that the task has advanced; the next is due within its time. It
// costs a look at the clock.
func (t *Task) Progress() {
	t.due.Store(int64(min(time.Since(t.w.begin), math.MaxInt64-t.within) + t.within)) // within may be the longest there is
}

// Idle says that the task waits, by right, for work that may not come for long;
// it is not late until the next Progress.
func (t *Task) Idle() { t.due.Store(idle) }

// Done takes the task out.
func (t *Task) Done() {
	t.w.mu.Lock()
	defer t.w.mu.Unlock()
	for i, other := range t.w.tasks {
		if other == t {
			t.w.tasks = append(t.w.tasks[:i], t.w.tasks[i+1:]...)
			return
		}
	}
}

// Late returns the names of the tasks that are late, for a log.
func (w *Watchdog) Late() (names []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.tasks {
		if t.late() {
			names = append(names, t.name)
		}
	}
	return names
}

func (t *Task) late() bool { return t.due.Load() < int64(time.Since(t.w.begin)) }

// alive reports whether there is work, and all of it in time.
func (w *Watchdog) alive() (say func() (Status, uint32), ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, t := range w.tasks {
		if t.late() {
			return nil, false
		}
	}
	return w.say, len(w.tasks) > 0
}

// Beat beats once if all tasks are in time, and reports whether they are.
func (w *Watchdog) Beat() (o Outcome, alive bool) {
	say, ok := w.alive()
	if !ok {
		return Outcome{}, false
	}
	if say == nil {
		return w.c.Beat(OK, 0), true
	}
	s, payload := say()
	return w.c.Beat(s, payload), true
}

// Run calls Beat at once and then at every interval until ctx ends, and returns
// why it ended. Interval and the longest time of a task together are how long
// the observer may not know.
func (w *Watchdog) Run(ctx context.Context, interval time.Duration) error {
	return w.c.run(ctx, interval, func() { w.Beat() })
}
