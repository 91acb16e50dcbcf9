package intake

import (
	"encoding/binary"

	"vlpd/secure"
	"vlpd/vlp"
)

// Recv takes one batch of what is waiting and returns how many datagrams that
// is, at most 64. Only 0 says that nothing waits: a batch can be cut short. It
// never sleeps. The batch is valid until the next Recv. With an opener its
// Tick comes between Recv and Take.
func (u *UDP) Recv() (n int, err error) {
	n, err = u.batch.Recv()
	for i := range n {
		u.judged[i] = Reasons
		if d := u.batch.Drops(i); d != 0 {
			u.drops += uint64(d - u.lastDrops)
			u.lastDrops = d
		}
	}
	return n, err
}

// Take judges datagram i of the batch. *f is meaningful only if the result is
// Accepted. Any pid is right: another machine may have more of them. A sealed
// frame is opened once: asking again is no replay.
func (u *UDP) Take(i int, f *vlp.Frame) Reason {
	if u.judged[i] == Reasons {
		u.judged[i] = u.unseal(i)
	}
	if r := u.judged[i]; r != Accepted {
		return r
	}
	if ft := vlp.Decode(u.plain(i), f); ft != vlp.None {
		u.faults[i] = ft
		return Decode
	}
	return Accepted
}

// unseal judges what comes before the plain frame.
func (u *UDP) unseal(i int) Reason {
	n := u.batch.Len(i)
	if u.opener == nil {
		return byLength(n, vlp.Size, vlp.Size)
	}
	if n != secure.SharedSize && n != secure.MasterSize {
		return byLength(n, secure.MasterSize, secure.MasterSize)
	}
	verdict, session := u.opener.Open(u.batch.Bytes(i), &u.plains[i])
	u.sessions[i] = session
	switch verdict {
	case secure.Opened:
		return Accepted
	case secure.Replayed:
		return Replayed
	case secure.TableFull:
		return SenderTable
	}
	return Undecryptable // a pid in front that is not the one inside, too
}

// byLength judges n bytes where least to most are right.
func byLength(n, least, most int) Reason {
	switch {
	case n > most:
		return Oversize
	case n < least:
		return Truncated
	}
	return Accepted
}

// plain is the plain frame of datagram i.
func (u *UDP) plain(i int) *[vlp.Size]byte {
	if u.opener != nil {
		return &u.plains[i]
	}
	return u.batch.Slot(i)
}

// Session reports that accepted datagram i is the first of a session of its
// agent, which lets the nonce begin anew. Without seals nobody can say.
func (u *UDP) Session(i int) bool { return u.opener != nil && u.sessions[i] == secure.Fresh }

// Earlier reports that accepted datagram i belongs to a session that another
// has followed: it was held up, and its nonce says nothing about the new one.
func (u *UDP) Earlier(i int) bool { return u.opener != nil && u.sessions[i] == secure.Earlier }

// PID is what datagram i says of its sender, in the place where each plain
// frame has it; good for frames that were accepted, or refused for Decode.
func (u *UDP) PID(i int) uint32 { return binary.LittleEndian.Uint32(u.plain(i)[4:8]) }

// Rejection is what a log row says of datagram i if Take returned Decode.
func (u *UDP) Rejection(i int) vlp.Rejection {
	return vlp.Explain(u.plain(i), u.faults[i])
}
