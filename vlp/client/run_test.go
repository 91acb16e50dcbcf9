package client

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"vlpd/vlp"
)

// wait waits on the clock of synctest's bubble, which costs no time.
func wait(d time.Duration) { <-time.After(d) }

// ticks is a writer that notes when frames came.
type ticks struct {
	mu    sync.Mutex
	begin time.Time
	at    []time.Duration
	last  vlp.Frame
}

func (k *ticks) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.at = append(k.at, time.Since(k.begin))
	vlp.Decode((*[vlp.Size]byte)(bytes.Clone(p)), &k.last)
	return len(p), nil
}

func newTicks(t *testing.T) (*ticks, *Client) {
	t.Helper()
	k := &ticks{begin: time.Now()}
	c, err := NewWriter(k, 7)
	if err != nil {
		t.Fatal(err)
	}
	return k, c
}

// expect compares the times of beats, in seconds.
func (k *ticks) expect(t *testing.T, seconds ...int) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	var got []int
	for _, at := range k.at {
		got = append(got, int(at/time.Second))
		if at%time.Second != 0 {
			t.Errorf("a beat at %v", at)
		}
	}
	if !slices.Equal(got, seconds) {
		t.Errorf("beats at %v s, want %v", got, seconds)
	}
}

// The grid holds although each turn takes its time, and a long one leaves beats out.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := newTicks(t)
		ctx, cancel := context.WithCancelCause(t.Context())
		n := uint32(0)
		ended := make(chan error)
		go func() {
			ended <- c.Run(ctx, 2*time.Second, func() (Status, uint32) { n++; return Degraded, n })
		}()
		wait(7 * time.Second)
		cancel(errors.New("over"))
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		k.expect(t, 0, 2, 4, 6)
		if k.last.Payload != 4 || k.last.Status != Degraded || k.last.Timestamp != 6e9 {
			t.Errorf("%+v", k.last)
		}
		if err := c.Run(ctx, time.Second, nil); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		k.expect(t, 0, 2, 4, 6)
	})
}

func TestRunKeepsTheGrid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := newTicks(t)
		ctx, cancel := context.WithTimeout(t.Context(), 12500*time.Millisecond)
		defer cancel()
		turn := 0
		c.Run(ctx, 2*time.Second, func() (Status, uint32) {
			if turn++; turn == 3 { // at 4 s; the beat itself comes after it
				wait(5 * time.Second)
			}
			return OK, 0
		})
		k.expect(t, 0, 2, 9, 9, 10, 12) // one tick waited, the others are gone
	})
}

func TestRunRefusesNoInterval(t *testing.T) {
	_, c := newTicks(t)
	defer func() {
		if recover() == nil {
			t.Error("an interval of 0 is taken")
		}
	}()
	c.Run(t.Context(), 0, nil)
}

func TestWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, c := newTicks(t)
		w := c.Watchdog()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- w.Run(ctx, time.Second) }()
		at := func(s int) { wait(time.Until(k.begin.Add(time.Duration(s)*time.Second + time.Second/2))) }
		at(1) // no task, no beat
		a, b := w.Task("a", 2*time.Second), w.Task("b", 9*time.Second)
		at(2)
		a.Progress() // beat at 2, 3, 4
		at(5)        // late since 4.5
		if late := w.Late(); !slices.Equal(late, []string{"a"}) {
			t.Errorf("late: %q", late)
		}
		a.Progress() // beat at 6, 7
		at(6)
		a.Idle() // beat at 8, 9, 10, until b is late at 10.5
		at(12)
		b.Progress() // beat at 13
		b.Done()     // beat at 14, a waits
		at(14)
		a.Done()
		b.Done()
		at(16)
		w.Say(func() (Status, uint32) { return Critical, 3 })
		a = w.Task("a", time.Hour)
		at(17)
		cancel()
		<-ended
		k.expect(t, 2, 3, 4, 6, 7, 8, 9, 10, 13, 14, 17)
		if k.last.Status != Critical || k.last.Payload != 3 {
			t.Errorf("%+v", k.last)
		}
		a.Done()
	})
}

// A task that may take for ever is not late at once.
func TestTaskWithoutEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, c := newTicks(t)
		w := c.Watchdog()
		wait(time.Second)
		w.Task("endless", 1<<63-1)
		wait(time.Hour)
		if late := w.Late(); late != nil {
			t.Errorf("late: %q", late)
		}
	})
}
