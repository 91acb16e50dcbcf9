package secure

import (
	"encoding/binary"
	"strconv"

	"vlpd/lean"
)

// What Export writes, little-endian:
//
//	"vlpdREP1", bytes of the filter (4), sessions in it (8), senders (4)
//	for each sender: id of the key (8), pid (4), newest prefix (8), sessions (4),
//	                 for each, last heard first: prefix (8), highest ctr (4)
//	the filter
//
// It has no checksum and no keys.
const (
	exportMagic  = "vlpdREP1"
	exportHead   = len(exportMagic) + 4 + 8 + 4
	exportSender = 8 + 4 + 8 + 4
	exportEach   = 8 + 4
)

// Export appends the whole memory to dst, about a filter's size. It is for
// whoever stops the observer: frames that are opened afterwards are not in it.
func (o *Opener) Export(dst []byte) []byte {
	m, le := &o.mem, binary.LittleEndian
	dst = append(dst, exportMagic...)
	dst = le.AppendUint32(dst, uint32(len(m.filter.bits)*8))
	dst = le.AppendUint64(dst, m.filter.held)
	dst = le.AppendUint32(dst, uint32(m.used))
	for i := range m.slots[:m.used] {
		s := &m.slots[i]
		dst = le.AppendUint64(dst, s.key)
		dst = le.AppendUint32(dst, s.pid)
		dst = le.AppendUint64(dst, s.newest)
		dst = le.AppendUint32(dst, uint32(s.n))
		for j := range s.n {
			dst = le.AppendUint64(dst, s.prefixes[j])
			dst = le.AppendUint32(dst, s.counters[j])
		}
	}
	for _, w := range m.filter.bits {
		dst = le.AppendUint64(dst, w)
	}
	return dst
}

// Import puts what Export wrote into an opener that has opened nothing yet.
// Senders for whom there is no room, because the table is smaller now, go into
// the filter; the filter must have the same size. After an error the opener's
// memory is what it was.
func (o *Opener) Import(b []byte) error {
	m := &o.mem
	if m.used != 0 || m.filter.held != 0 {
		panic("secure: import into a memory that is in use")
	}
	senders, err := m.checkImport(b)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	body := b[exportHead:]
	m.filter.held = le.Uint64(b[len(exportMagic)+4:])
	bits := b[len(b)-8*len(m.filter.bits):]
	for i := range m.filter.bits {
		m.filter.bits[i] = le.Uint64(bits[8*i:])
	}
	m.filter.recount()
	for range senders {
		n := int(le.Uint32(body[exportSender-4:]))
		m.restore(o, body[:exportSender+n*exportEach])
		body = body[exportSender+n*exportEach:]
	}
	m.keysChanged(o.keys, o.now)
	return nil
}

// checkImport looks at the shape of b before anything is taken from it.
func (m *memory) checkImport(b []byte) (senders int, err error) {
	le := binary.LittleEndian
	if len(b) < exportHead || string(b[:len(exportMagic)]) != exportMagic {
		return 0, lean.New("replay memory: it does not begin with " + exportMagic)
	}
	have, want := le.Uint32(b[len(exportMagic):]), len(m.filter.bits)*8
	if int64(have) != int64(want) {
		return 0, lean.New("replay memory: filter of " + strconv.FormatUint(uint64(have), 10) + " bytes, expected " + strconv.Itoa(want))
	}
	count := le.Uint32(b[exportHead-4:])
	rest, err := checkSenders(b[exportHead:], count)
	if err != nil {
		return 0, err
	}
	if len(rest) != want {
		return 0, errShort()
	}
	return int(count), nil
}

// checkSenders returns what follows count senders.
func checkSenders(rest []byte, count uint32) ([]byte, error) {
	for range count {
		if len(rest) < exportSender {
			return nil, errShort()
		}
		n := binary.LittleEndian.Uint32(rest[exportSender-4:])
		if n == 0 || n > Sessions {
			return nil, lean.New("replay memory: a sender with " + strconv.FormatUint(uint64(n), 10) + " sessions, expected 1 to 64")
		}
		size := exportSender + int(n)*exportEach
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
	newest, each := le.Uint64(b[12:]), b[exportSender:]
	slot, twice := m.find(who)
	if !twice {
		slot = -1
		if m.used < len(m.slots) {
			slot = m.place(o.now, who)
		}
	}
	if twice || slot < 0 {
		for ; len(each) > 0; each = each[exportEach:] {
			m.burn(who, le.Uint64(each))
		}
		return
	}
	s := &m.slots[slot]
	s.newest, s.pacedNS = newest, o.now
	for ; len(each) > 0; each = each[exportEach:] {
		s.prefixes[s.n], s.counters[s.n] = le.Uint64(each), le.Uint32(each[8:])
		if s.prefixes[s.n] == newest {
			s.beats, s.ceil, s.mark = 0, s.counters[s.n], s.counters[s.n]
		}
		s.n++
	}
}
