package intake

import (
	"vlpd/secure"
	"vlpd/vlp"
)

// Seal has the line take sealed frames, and plain ones no more. The line owns
// the opener from then on. It is called before the line comes up.
func (l *Line) Seal(o *secure.Opener) {
	l.sealed, l.opener = vlp.NewSealedScanner(), o
}

// Opener opens the line's sealed frames; nil if it takes plain ones.
func (l *Line) Opener() *secure.Opener { return l.opener }

// NextSealed is Next for a sealed line: false means read on. why is Accepted, and the frame in
// *f, Decode with a fault for a frame that opened and is wrong inside, or why it
// was refused. first says that it begins a session of its sender.
func (l *Line) NextSealed(now int64, f *vlp.Frame) (why Reason, ft vlp.Fault, first, more bool) {
	l.opener.Tick(now)
	for b := l.sealed.Next(); b != nil; b = l.sealed.Next() {
		verdict, session := l.opener.Open(b, &l.plain)
		if verdict == secure.Undecryptable {
			continue // no frame, as far as anybody can tell
		}
		l.sealed.Accept()
		why, ft = l.unsealed(verdict, session, f)
		return why, ft, session == secure.Fresh, true
	}
	return Accepted, vlp.None, false, false
}

func (l *Line) unsealed(v secure.Verdict, s secure.Session, f *vlp.Frame) (Reason, vlp.Fault) {
	switch {
	case v == secure.Replayed:
		return Replayed, vlp.None
	case v == secure.TableFull:
		return SenderTable, vlp.None
	case v != secure.Opened:
		return Undecryptable, vlp.None // the pid in front is not the one inside
	}
	if ft := vlp.Decode(&l.plain, f); ft != vlp.None {
		l.faults[ft]++
		return Decode, ft
	}
	if s == secure.Earlier { // nothing overtakes on a wire: it was recorded
		return Replayed, vlp.None
	}
	l.frames++
	return Accepted, vlp.None
}

// Rejection is what a log row says if NextSealed returned Decode.
func (l *Line) Rejection(ft vlp.Fault) vlp.Rejection { return vlp.Explain(&l.plain, ft) }

// Refused is how often something began like a sealed frame and no key opens it:
// one sealed with another key, a damaged one, or chance. As with damaged plain
// frames nobody can say that it was a frame, so it is no Reason's.
func (l *Line) Refused() uint64 {
	if l.sealed == nil {
		return 0
	}
	return l.sealed.Refused()
}

// Faults is how often each fault occurred on the line. The caller reads it and
// leaves it alone.
func (l *Line) Faults() *[vlp.Faults]uint64 {
	if l.sealed != nil {
		return &l.faults
	}
	return l.scanner.Faults()
}

// Bytes is how many bytes came, and how many of them belong to no frame.
func (l *Line) Bytes() (seen, skipped uint64) {
	if l.sealed != nil {
		return l.sealed.Bytes()
	}
	return l.scanner.Bytes()
}
