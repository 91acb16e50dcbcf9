package sink

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/event"
)

// spareEvery is how often, in ns, memory of the rings may be given back: at
// gateway pace that is some forty page faults a second.
const spareEvery = 1e9

// spareRows is how many rows must have gone by since: 20 KiB of touched pages.
const spareRows = 512

// Spare gives the memory of the rings back to the kernel after a load has
// touched it, when they are empty again. What is written later takes fresh
// pages as it needs them: most of the time a ring holds a few rows, and yet goes
// round through all of its slots. It never blocks, and costs one comparison
// when there is nothing to do.
func (f *front) Spare(now int64) {
	if f.seq-f.spared < spareRows || now < f.spareAt {
		return
	}
	beats, events := f.beats.Unused(), f.events.Unused()
	if beats == nil || events == nil {
		return // the writer has not caught up; the next turn asks again
	}
	forget(beats)
	forget(events)
	f.spared, f.spareAt = f.seq, now+spareEvery
}

// forget drops the whole pages among the slots; they read as zeros then, see
// madvise(2). The slots hold no pointers, and the runtime does not look into
// such memory. An error leaves everything as it was.
func forget(slots []event.Record) {
	page := uintptr(unix.Getpagesize())
	start := uintptr(unsafe.Pointer(unsafe.SliceData(slots)))
	end := start + uintptr(len(slots))*unsafe.Sizeof(event.Record{})
	start = (start + page - 1) &^ (page - 1)
	if end &^= page - 1; start < end {
		unix.RawSyscall(unix.SYS_MADVISE, start, end-start, unix.MADV_DONTNEED)
	}
}
