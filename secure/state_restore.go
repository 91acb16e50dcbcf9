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
		m.filter.recount()
		m.save.held = m.filter.held
	}
	body := state[stateHead:]
	for range senders {
		n := exportSender + int(le.Uint32(body[exportSender-4:]))*exportEach
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
