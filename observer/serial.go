package observer

import (
	"golang.org/x/sys/unix"

	"vlpd/event"
	"vlpd/intake"
	"vlpd/vlp"
)

const (
	// readsPerTurn bounds what one line may take of a turn, 4 KiB a read, so
	// that a babbling one does not hold up the others.
	readsPerTurn = 2

	// drainReads is what is read of a line before deadlines are judged, if the
	// loop has kept up: then no more than that can be waiting, unless the line
	// babbles.
	drainReads = 2

	// backlogReads is what the kernel can hold of a line: the line discipline's
	// 4 KiB and the driver's flip buffers of 64 KiB at most (tty_buffer.c).
	backlogReads = 18

	// backlogNS is the lateness after which that much may be waiting: at
	// 4 Mbaud 8 KiB come in 20 ms.
	backlogNS = 10e6

	// decodeRowEveryNS keeps a bad wire from wearing the flash.
	decodeRowEveryNS = int64(1e9)
)

// lineState is a serial line as the loop has it.
type lineState struct {
	source  uint16
	trusted bool // its devices may have commands run
	ready   bool
	up      bool
	baud    int
	rowAt   int64 // when the last decode row was written
	badCRC  uint64
	refused uint64 // as badCRC, where frames are sealed

	saidBaud   int   // which it is not as asked for
	restoredAt int64 // when the last row was written that its settings were restored
}

// lineNews takes what the openers have done.
func (l *loop) lineNews() {
	l.bell.Answer()
	for c, ok := l.lines.Next(); ok; c, ok = l.lines.Next() {
		b := &l.busy[c.Line]
		b.up, b.baud = c.Up, c.Baud
		if c.Opened() {
			fd := l.lines.Line(c.Line).FD()
			if err := l.poller.Add(fd, unix.EPOLLIN, tokenLine|uint64(c.Line)); err != nil {
				l.lineDown(c.Line, event.LineHangup)
				continue
			}
			b.ready = true
		}
		if c.Up && c.Code == event.LineReplaced {
			l.table.NewSessions(b.source)
		}
		if c.Up && !c.Opened() && !b.tellRestored(l.now) {
			continue
		}
		l.lineRow(b, c.Code)
		if !c.Up {
			l.explainLine(c.Code)
		} else {
			l.explainSpeed(c.Line)
		}
	}
}

func (l *loop) lineRow(b *lineState, code uint16) {
	r := event.Record{At: l.now, Source: b.source, Kind: event.Line, Code: code}
	if b.up {
		r.Status = 1
	}
	l.emit(&r)
}

// lineDown lets go of a line that hung up.
func (l *loop) lineDown(i int, code uint16) {
	b := &l.busy[i]
	l.poller.Del(l.lines.Line(i).FD()) // fails only if it never was a member
	l.lines.Release(i)
	b.up, b.ready, b.baud = false, false, 0
	l.lineRow(b, code)
}

// readLines serves the lines that are ready, each within its budget.
func (l *loop) readLines() (more bool) {
	for i := range l.busy {
		if l.busy[i].ready {
			l.busy[i].ready = l.readLine(i, readsPerTurn)
			more = l.busy[i].ready || more
		}
	}
	return more
}

// readLine reads a line at most so often and reports whether there may be more.
func (l *loop) readLine(i, reads int) (more bool) {
	line := l.lines.Line(i)
	for range reads {
		if line.FD() < 0 {
			return false
		}
		n, down := line.Read()
		if n > 0 {
			l.tick()
			l.frames(i)
		}
		if down != 0 {
			l.lineDown(i, down)
			return false
		}
		if n == 0 {
			return false
		}
	}
	return true
}

// frames takes what the scanner found in the bytes just read.
func (l *loop) frames(i int) {
	var f vlp.Frame
	line, b := l.lines.Line(i), &l.busy[i]
	if line.Opener() != nil {
		l.sealedFrames(line, b)
		return
	}
	for ft, ok := line.Next(&f); ok; ft, ok = line.Next(&f) {
		if ft == vlp.None {
			l.beat(b.source, &f)
			continue
		}
		l.count.sources[b.source].dropped[intake.Decode]++
		l.count.faults[ft]++
		l.decodeRow(b, vlp.Explain(line.Scanner().Last(), ft))
	}
	l.noise(i)
}

// sealedFrames does so on a line whose frames are sealed.
func (l *loop) sealedFrames(line *intake.Line, b *lineState) {
	var f vlp.Frame
	c := &l.count.sources[b.source]
	for {
		why, ft, first, more := line.NextSealed(l.now, &f)
		switch {
		case !more:
			if n := line.Refused(); n != b.refused {
				b.refused = n
				l.badRow(b, &event.Record{At: l.now, Source: b.source, Kind: event.Decode, Code: event.FaultUndecryptable})
			}
			return
		case why == intake.Accepted:
			out, verdict := l.table.ObserveSealed(l.now, b.source, &f, first, l.out[:0])
			l.observed(c, out, verdict)
			continue
		case why == intake.Decode:
			l.count.faults[ft]++
			l.decodeRow(b, line.Rejection(ft))
		}
		c.dropped[why]++
	}
}

// noise logs, once a second, that there were frames whose bytes were wrong.
// Anything may look like the start of a frame, so these are not counted as
// frames received.
func (l *loop) noise(i int) {
	b, s := &l.busy[i], l.lines.Line(i).Scanner()
	bad := s.Faults()[vlp.BadCRC]
	if bad == b.badCRC {
		return
	}
	l.count.faults[vlp.BadCRC] += bad - b.badCRC
	b.badCRC = bad
	l.decodeRow(b, s.Noise())
}

func (l *loop) decodeRow(b *lineState, rej vlp.Rejection) {
	r := event.DecodeRecord(l.now, b.source, rej)
	l.badRow(b, &r)
}

// badRow tells of bytes that are no frame, once a second.
func (l *loop) badRow(b *lineState, r *event.Record) {
	if b.rowAt != 0 && l.now-b.rowAt < decodeRowEveryNS {
		return
	}
	b.rowAt = l.now
	l.emit(r)
	l.doubt(b.source)
}
