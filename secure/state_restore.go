package secure

import (
	"encoding/binary"
	"strconv"

	"vlpd/lean"
)

// Restore puts what was saved into an opener that has opened nothing yet and
// was told to Keep. filter is nil if none was ever saved. After an error the
// opener's memory is what it was.
func (o *Opener) Restore(state, filter []byte) error {
	m, le := &o.mem, binary.LittleEndian
	if m.used != 0 || m.filter.held != 0 {
		panic("secure: restored into a memory that is in use")
	}
	senders, size, err := m.checkState(state, filter)
	if err != nil {
		return err
	}
	if filter != nil {
		m.filter.held = leUint64(filter)
		for i := range m.filter.bits {
			m.filter.bits[i] = leUint64(filter[8+8*i:])
		}
		m.save.held = m.filter.held
	}
	body := state[stateHead:]
	for range senders {
		n := senderSize + int(le.Uint32(body[senderSize-4:]))*sessionSize
		m.restore(o, body[:n])
		body = body[n:]
	}
	for b := state[stateHead+size:]; len(b) > 0; b = b[burntSize:] {
		m.burn(identity{le.Uint64(b), le.Uint32(b[8:])}, le.Uint64(b[12:]))
	}
	m.keysChanged(o.keys, o.now)
	return nil
}

// checkState looks at the shape before anything is taken.
func (m *memory) checkState(b, filter []byte) (senders, size int, err error) {
	le := binary.LittleEndian
	if len(b) < stateHead || string(b[:len(stateMagic)]) != stateMagic {
		return 0, 0, lean.New("replay memory: it does not begin with " + stateMagic)
	}
	want := len(m.filter.bits) * 8
	if have := le.Uint32(b[len(stateMagic):]); int64(have) != int64(want) {
		return 0, 0, lean.New("replay memory: filter of " + strconv.FormatUint(uint64(have), 10) + " bytes, expected " + strconv.Itoa(want))
	}
	count, lost := le.Uint32(b[atSenders:]), le.Uint32(b[atSenders+4:])
	rest, err := checkSenders(b[stateHead:], count)
	if err != nil {
		return 0, 0, err
	}
	if lost > burntMost || len(rest) != int(lost)*burntSize {
		return 0, 0, errShort()
	}
	held := leUint64(b[len(stateMagic)+4:])
	switch {
	case filter == nil && held > 0:
		return 0, 0, lean.New("replay memory: its filter is missing")
	case filter != nil && (len(filter) != 8+want || leUint64(filter) < held):
		return 0, 0, lean.New("replay memory: its filter is another's, or older")
	}
	return int(count), len(b) - stateHead - len(rest), nil
}

// checkSenders returns what follows count senders.
func checkSenders(rest []byte, count uint32) ([]byte, error) {
	for range count {
		if len(rest) < senderSize {
			return nil, errShort()
		}
		n := binary.LittleEndian.Uint32(rest[senderSize-4:])
		if n == 0 || n > Sessions {
			return nil, lean.New("replay memory: a sender with " + strconv.FormatUint(uint64(n), 10) + " sessions, expected 1 to 64")
		}
		size := senderSize + int(n)*sessionSize
		if len(rest) < size {
			return nil, errShort()
		}
		rest = rest[size:]
	}
	return rest, nil
}

func errShort() error { return lean.New("replay memory: cut short, or longer than it says") }

// restore takes one sender. It counts as heard now.
func (m *memory) restore(o *Opener, b []byte) {
	le := binary.LittleEndian
	who := identity{le.Uint64(b), le.Uint32(b[8:])}
	newest, each := le.Uint64(b[12:]), b[senderSize:]
	slot, twice := m.find(who)
	if !twice {
		slot = -1
		if m.used < len(m.slots) {
			slot = m.place(o.now, who)
		}
	}
	if twice || slot < 0 {
		for ; len(each) > 0; each = each[sessionSize:] {
			m.burn(who, le.Uint64(each))
		}
		return
	}
	s := &m.slots[slot]
	s.newest, s.pacedNS = newest, o.now
	for ; len(each) > 0; each = each[sessionSize:] {
		s.prefixes[s.n], s.counters[s.n] = le.Uint64(each), le.Uint32(each[8:])
		if s.prefixes[s.n] == newest {
			s.beats, s.ceil, s.mark = 0, s.counters[s.n], s.counters[s.n]
		}
		s.n++
	}
}
