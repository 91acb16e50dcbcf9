package platform

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Clock tells the time since it was made, in ns, on a clock that a Timer can
// wait for. It never runs backwards. One goroutine may read it.
type Clock struct {
	id    int
	zero  int64     // reading of the kernel's clock at Now() == 0
	base  time.Time // the same moment for the runtime's monotonic clock
	last  int64
	ts    unix.Timespec
	steps uint64
}

// The two readings of a start belong together if they are so close.
const (
	startWithin = 50 * time.Microsecond
	startTries  = 20
)

// NewClock starts at 0, on unix.CLOCK_MONOTONIC or unix.CLOCK_BOOTTIME.
func NewClock(id int) (*Clock, error) {
	c := &Clock{id: id}
	for range startTries {
		c.base = time.Now()
		// Read after base: a timer then rings a moment late rather than early.
		if err := unix.ClockGettime(int32(id), &c.ts); err != nil {
			return nil, lean.SyscallError("clock_gettime", err)
		}
		if time.Since(c.base) < startWithin {
			break // else every deadline would be late by what came between, for ever
		}
	}
	c.zero = c.ts.Nano()
	return c, nil
}

// Now is the time since NewClock in ns.
//
// The runtime reads CLOCK_MONOTONIC without a system call where the kernel
// offers that (vdso(7)), at about a tenth of the price; it knows no other.
func (c *Clock) Now() int64 {
	var now int64
	if c.id == unix.CLOCK_MONOTONIC {
		now = int64(time.Since(c.base))
	} else {
		unix.RawSyscall(unix.SYS_CLOCK_GETTIME, uintptr(c.id), uintptr(unsafe.Pointer(&c.ts)), 0)
		now = c.ts.Nano() - c.zero
	}
	if now < c.last {
		c.steps++
		return c.last
	}
	c.last = now
	return now
}

// Regressions counts readings that were lower than the one before; the kernel
// promises that there are none.
func (c *Clock) Regressions() uint64 { return c.steps }

// Absolute turns a time of Now into what Timer.Set takes.
func (c *Clock) Absolute(now int64) int64 { return c.zero + now }

// ID is what NewTimer takes for a timer on this clock.
func (c *Clock) ID() int { return c.id }

// Reader returns Now for any number of goroutines. It keeps no state, so it
// does not take care that time never runs backwards.
func (c *Clock) Reader() func() int64 {
	id, zero, base := c.id, c.zero, c.base
	if id == unix.CLOCK_MONOTONIC {
		return func() int64 { return int64(time.Since(base)) }
	}
	return func() int64 {
		var ts unix.Timespec
		unix.RawSyscall(unix.SYS_CLOCK_GETTIME, uintptr(id), uintptr(unsafe.Pointer(&ts)), 0)
		return ts.Nano() - zero
	}
}
