package observer

import (
	"golang.org/x/sys/unix"

	"vlpd/event"
	"vlpd/intake"
	"vlpd/vlp"
	"vlpd/watch"
)

// batchesPerTurn bounds what one socket may take of a turn: about a
// millisecond of work, then deadlines, lines and scrapes have theirs.
const batchesPerTurn = 16

// fullBatch is what one system call takes at most; less means that the queue
// was empty at that moment.
const fullBatch = 64

// receive serves the sockets that are ready or whose time has come.
func (l *loop) receive() (more bool) {
	for i := range l.sockets {
		s := &l.sockets[i]
		if s.due(l.now) {
			taken, full := l.take(s, batchesPerTurn)
			more = s.settle(l, taken, full) || more
		}
	}
	return more
}

// take reads at most the given number of batches, and reports how many
// datagrams there were and whether more may be waiting.
func (l *loop) take(s *socket, batches int) (taken int, full bool) {
	for range batches {
		n, err := s.unix.Recv()
		s.failed = err != nil
		if s.failed {
			l.receiveError(s, err)
		}
		if n > 0 {
			l.tick()
		}
		for i := range n {
			l.datagram(s, i)
		}
		taken += n
		if n < fullBatch {
			return taken, false
		}
	}
	return taken, true
}

// datagram is the path of one beat from a socket.
func (l *loop) datagram(s *socket, i int) {
	var f vlp.Frame
	c := &l.count.sources[s.source]
	why := s.unix.Take(i, &f)
	if why == intake.PIDAboveMax && s.refreshPIDMax(l.now) {
		why = s.unix.Take(i, &f)
	}
	if why == intake.Accepted {
		// A pid that the kernel did not name proves nothing, each time anew.
		if !s.unix.Unattested(i) && l.beat(s.source, &f) {
			return
		}
		if why = l.stranger(s, i, &f); why == intake.Accepted {
			return
		}
	}
	if fast := l.tooFast(s.unix.PID(i)); fast != intake.Accepted {
		c.dropped[fast]++
		return
	}
	c.dropped[why]++
	l.refused(s, i, why, &f)
}

// beat is the path of one frame from any source; false if its sender must be
// judged before.
func (l *loop) beat(source uint16, f *vlp.Frame) bool {
	out, verdict := l.table.Observe(l.now, source, f, l.out[:0])
	if verdict == watch.Unvouched {
		return false
	}
	l.observed(&l.count.sources[source], out, verdict)
	return true
}

// observed counts what the table said of a frame, and tells what it meant.
func (l *loop) observed(c *sourceCount, out []event.Record, verdict watch.Verdict) {
	l.out = out
	if why := reasons[verdict]; why != intake.Accepted {
		c.dropped[why]++
		return
	}
	c.beats++
	l.emitAll()
}

// refused logs what the original logs of frames that were not accepted. On a
// socket that is open to other users that is one row a second at most, as on a
// line: the counters have them all.
func (l *loop) refused(s *socket, i int, why intake.Reason, f *vlp.Frame) {
	r := event.Record{At: l.now, Source: s.source}
	switch why {
	case intake.Oversize:
		r.Kind, r.Code = event.Decode, event.FaultOversize
	case intake.CTrunc:
		r.Kind = event.CTrunc
	case intake.NoCredentials:
		r.Kind, r.Code = event.IO, event.IONoCredentials
	case intake.ForeignUID:
		r.Kind, r.Code = event.IO, event.IOForeignUID
		r.Nonce, r.Value = uint64(s.unix.UID(i)), uint64(s.unix.WantUID())
	case intake.Decode:
		rej := s.unix.Rejection(i)
		l.count.faults[rej.Fault]++
		r = event.DecodeRecord(l.now, s.source, rej)
	case intake.SpoofedPID:
		r.Kind, r.Code, r.ID = event.Mismatch, event.MismatchAuth, f.PID
		r.Value = uint64(s.unix.PID(i))
	case intake.ForeignNamespace, intake.NamespaceConflict:
		r.Kind, r.Code, r.ID = event.Mismatch, event.MismatchNamespace, f.PID
		l.strict(&r)
	case intake.OriginConflict:
		r.Kind, r.Code, r.ID = event.Mismatch, event.MismatchOrigin, f.PID
	default:
		return // counted, not logged
	}
	if s.open {
		if s.rowAt != 0 && l.now-s.rowAt < decodeRowEveryNS {
			return
		}
		s.rowAt = l.now
	}
	l.emit(&r)
}

// receiveError counts and logs what a socket says instead of datagrams.
func (l *loop) receiveError(s *socket, err error) {
	l.count.receiveErrors++
	if !s.mute.row(l.now) {
		return
	}
	errno, _ := errnoOf(err)
	l.emit(&event.Record{At: l.now, Source: s.source, Kind: event.IO, Code: uint16(errno)})
}

// drain empties every source of what was queued when it began: whole queues
// of the sockets, and what the kernel buffers of each line.
func (l *loop) drain() {
	for i := range l.sockets {
		s := &l.sockets[i]
		l.take(s, s.unix.QueueLimit()/fullBatch+1)
	}
	if l.udp != nil {
		l.udp.pending = true
		l.receiveUDP(l.udp.udp.QueueLimit()/fullBatch + 1)
	}
	reads := drainReads
	if l.late > backlogNS {
		reads = backlogReads
	}
	for i := range l.busy {
		l.readLine(i, reads)
	}
}

// wakeOnce is how a socket is watched whose wake-ups are batched.
const wakeOnce = unix.EPOLLIN | unix.EPOLLONESHOT
