package secure

import "encoding/binary"

// The lengths of sealed frames, and of what is in them.
const (
	SharedSize = 60
	MasterSize = 64
	PlainSize  = 32

	pidSize   = MasterSize - SharedSize
	nonceSize = 12
	atPID     = 4 // in the plain frame
	atNonce   = 16
)

// Verdict is what became of a sealed frame.
type Verdict uint8

// The verdicts, in the order of judging.
const (
	Opened        Verdict = iota
	BadLength             // neither 60 nor 64 bytes
	Undecryptable         // no key opens it
	PIDMismatch           // the pid in front is not the one inside
	Replayed              // at or below the highest of its session, or of a session long gone
	TableFull             // a new sender or session, and no room to remember it
)

// Session is how the session of an opened frame stands to the others of its
// sender. A fresh one lets the nonce fall, and does not say that it must:
// clients also draw a new prefix when ctr is used up, and for the frame that
// they send when they panic. An earlier one may be a datagram that was held
// back: what it says was true before the current session began.
type Session uint8

// The sessions.
const (
	Current Session = iota // the one that began last
	Fresh                  // never seen before this frame
	Earlier                // another began since
)

// Opener opens frames with the keys it has and remembers what it opened.
type Opener struct {
	keys     *Keys
	mem      memory
	now      int64
	attempts uint64
	scratch  box // of an agent that is no sender yet
}

// NewOpener returns an opener with an empty memory. The keys are not copied.
func NewOpener(k *Keys, c Config) *Opener {
	o := &Opener{keys: k}
	o.mem.init(c)
	return o
}

// Tick tells the time, in ns of a clock that does not run backwards. It is
// needed once a batch. While it stands still no sender loses its place.
func (o *Opener) Tick(nowNS int64) { o.now = nowNS }

// Attempts is how many times a key was tried on a frame.
func (o *Opener) Attempts() uint64 { return o.attempts }

// Senders is how many senders have a place.
func (o *Opener) Senders() int { return o.mem.used }

// Open opens a datagram into *plain, which holds nothing of use unless the
// verdict is Opened.
func (o *Opener) Open(sealed []byte, plain *[PlainSize]byte) (Verdict, Session) {
	switch len(sealed) {
	case SharedSize:
		return o.openShared((*[SharedSize]byte)(sealed), plain)
	case MasterSize:
		return o.openMaster((*[MasterSize]byte)(sealed), plain)
	}
	return BadLength, Current
}

func (o *Opener) openShared(sealed *[SharedSize]byte, plain *[PlainSize]byte) (Verdict, Session) {
	for i := range o.keys.shared {
		k := &o.keys.shared[i]
		o.attempts++
		if k.box.open(plain, nil, sealed) {
			who := identity{k.id, innerPID(plain)}
			slot, known := o.mem.find(who)
			return o.mem.admit(o, who, slot, known, isLast(plain), sealed)
		}
	}
	return Undecryptable, Current
}

func (o *Opener) openMaster(b *[MasterSize]byte, plain *[PlainSize]byte) (Verdict, Session) {
	m := o.keys.master
	if m == nil {
		return Undecryptable, Current
	}
	sealed := (*[SharedSize]byte)(b[pidSize:])
	who := identity{m.id, binary.LittleEndian.Uint32(b[:])}
	slot, known := o.mem.find(who)
	key := &o.scratch
	if known {
		key = &o.mem.slots[slot].box
	}
	if !known || !o.mem.slots[slot].derived {
		m.derive(key, who.pid)
	}
	if known {
		o.mem.slots[slot].derived = true
	}
	o.attempts++
	switch {
	case !key.open(plain, b[:pidSize], sealed):
		return Undecryptable, Current
	case innerPID(plain) != who.pid:
		return PIDMismatch, Current
	}
	return o.mem.admit(o, who, slot, known, isLast(plain), sealed)
}

// isLast reports a panic frame: nonce 2^64-1.
func isLast(plain *[PlainSize]byte) bool {
	return binary.LittleEndian.Uint64(plain[atNonce:]) == 1<<64-1
}

func innerPID(plain *[PlainSize]byte) uint32 {
	return binary.LittleEndian.Uint32(plain[atPID:])
}

// Swap gives the opener other keys and returns the ones it had, for Wipe. What
// is remembered of senders whose key remains goes on; the others keep their
// memory too, in case their key comes back, but are the first to lose their
// place. Keys derived from a master key that is gone are overwritten.
func (o *Opener) Swap(k *Keys) (old *Keys) {
	old, o.keys = o.keys, k
	o.scratch.wipe()
	o.mem.keysChanged(k, o.now)
	return old
}

// Close overwrites every key that the opener holds, those given to it included.
func (o *Opener) Close() {
	o.Swap(&Keys{}).Wipe()
}
