package intake

import "vlpd/vlp"

// Recv takes one batch of what is waiting and returns how many datagrams that
// is, at most 64. Only 0 says that nothing waits: a batch can be cut short. It
// never sleeps. The batch is valid until the next Recv.
func (u *Unix) Recv() (n int, err error) { return u.batch.Recv() }

// Take judges datagram i of the batch. *f is meaningful only if the result is
// Accepted.
func (u *Unix) Take(i int, f *vlp.Frame) Reason {
	if r := u.judgeShape(i); r != Accepted {
		return r
	}
	pid, uid, ok := u.batch.Cred(i)
	if !ok {
		return NoCredentials
	}
	// The uid is good even where the pid is 0: user ids are translated into
	// our user namespace by themselves.
	if uid != u.wantUID && !u.takes(uid) {
		return ForeignUID
	}
	if ft := vlp.Decode(u.batch.Slot(i), f); ft != vlp.None {
		u.faults[i] = ft
		return Decode
	}
	if f.PID > u.pidMax {
		return PIDAboveMax
	}
	if pid != 0 && f.PID != uint32(pid) {
		return SpoofedPID
	}
	return Accepted
}

// takes knows the few users beside our own.
func (u *Unix) takes(uid uint32) bool {
	for _, also := range u.also {
		if uid == also {
			return true
		}
	}
	return false
}

// judgeShape judges what came before looking at who sent it.
func (u *Unix) judgeShape(i int) Reason {
	switch size := u.batch.Len(i); {
	case size > vlp.Size:
		return Oversize
	case u.batch.CTruncated(i):
		return CTrunc
	case size < vlp.Size:
		return Truncated
	}
	return Accepted
}

// Unattested reports that the kernel vouches for the user but not for the
// process that sent datagram i: it lives outside our pid namespace, so the pid
// in its frame is only its own claim.
func (u *Unix) Unattested(i int) bool {
	pid, _, ok := u.batch.Cred(i)
	return ok && pid == 0
}

// Rejection is what a log row says of datagram i if Take returned Decode.
func (u *Unix) Rejection(i int) vlp.Rejection {
	return vlp.Explain(u.batch.Slot(i), u.faults[i])
}

// PID is the sender of datagram i as the kernel reports it; 0 if it does not.
func (u *Unix) PID(i int) uint32 {
	pid, _, _ := u.batch.Cred(i)
	return uint32(pid)
}

// UID is the sender's user as the kernel reports it.
func (u *Unix) UID(i int) uint32 {
	_, uid, _ := u.batch.Cred(i)
	return uid
}

// WantUID is the user whose frames are accepted: our real uid. After Give those
// of the user before are too.
func (u *Unix) WantUID() uint32 { return u.wantUID }
