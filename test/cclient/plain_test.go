package cclient

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"vlpd/vlp"
)

// judged is a frame on the wire, and what the codec says of it.
func judged(f *vlp.Frame) (wire []byte, ft vlp.Fault) {
	var g vlp.Frame
	wire = vlp.Append(nil, f)
	return wire, vlp.Decode((*[vlp.Size]byte)(wire), &g)
}

// answer appends the result, and the frame if it is legal.
func answer(b []byte, wire []byte, ft vlp.Fault) []byte {
	if b = append(b, byte(ft)); ft != vlp.None {
		return untouched(b, len(wire))
	}
	return append(b, wire...)
}

func TestEncode(t *testing.T) {
	s := newSource(t)
	s.compare('E', func(b, want []byte) (_, _ []byte) {
		f := s.frame()
		b = put32(append(b, byte(f.Status)), f.PID)
		b = put32(put64(put64(b, f.Timestamp), f.Nonce), f.Payload)
		wire, ft := judged(&f)
		return b, answer(want, wire, ft)
	})
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// damage changes a frame in transit: bits, bytes, with a right checksum or not.
func (s *source) damage(wire []byte) {
	for range s.IntN(3) {
		if i := s.IntN(len(wire)); s.IntN(2) == 0 {
			wire[i] ^= 1 << s.IntN(8)
		} else {
			wire[i] = byte(s.u32())
		}
	}
	if s.IntN(2) == 0 {
		binary.LittleEndian.PutUint32(wire[28:], crc32.Checksum(wire[:28], castagnoli))
	}
}

func TestDecode(t *testing.T) {
	s := newSource(t)
	var seen [vlp.Faults]int
	s.compare('D', func(b, want []byte) (_, _ []byte) {
		f := s.frame()
		wire := vlp.Append(nil, &f)
		s.damage(wire)
		ft := vlp.Decode((*[vlp.Size]byte)(wire), &f)
		seen[ft]++
		want = append(want, byte(ft))
		if ft != vlp.None {
			return append(b, wire...), untouched(want, 25)
		}
		want = put32(append(want, byte(f.Status)), f.PID)
		return append(b, wire...), put32(put64(put64(want, f.Timestamp), f.Nonce), f.Payload)
	})
	for ft, n := range seen {
		if n == 0 {
			t.Errorf("no frame was refused as %s", vlp.Fault(ft).Label())
		}
	}
}

// next is the frame of an agent whose last one had that timestamp and nonce.
func (s *source) next() (lastStamp, lastNonce, now uint64, f vlp.Frame) {
	f = s.frame()
	lastStamp, lastNonce, now = s.u64(), s.u64(), s.u64()
	lastStamp = min(lastStamp, ^uint64(0)-1)
	f.Timestamp = min(max(now, lastStamp), ^uint64(0)-1)
	f.Nonce = lastNonce + 1
	if lastNonce >= ^uint64(0)-1 {
		f.Nonce = 0
	}
	return lastStamp, lastNonce, now, f
}

// beatRecord is a record B, P, or the beginning of S or L.
func beatRecord(b []byte, lastStamp, lastNonce, now uint64, f *vlp.Frame) []byte {
	b = put32(put64(put64(b, lastStamp), lastNonce), f.PID)
	return put64(put32(append(b, byte(f.Status)), f.Payload), now)
}

func TestBeat(t *testing.T) {
	s := newSource(t)
	wraps := 0
	s.compare('B', func(b, want []byte) (_, _ []byte) {
		lastStamp, lastNonce, now, f := s.next()
		wire, ft := judged(&f)
		if ft == vlp.None {
			b, want = beatRecord(b, lastStamp, lastNonce, now, &f), answer(want, wire, ft)
			if f.Nonce == 0 {
				wraps++
			}
			return b, put64(put64(want, f.Timestamp), f.Nonce)
		}
		return beatRecord(b, lastStamp, lastNonce, now, &f), put64(put64(answer(want, wire, ft), lastStamp), lastNonce)
	})
	if wraps == 0 {
		t.Error("no nonce wrapped")
	}
}

// TestPanic: the agent is only read.
func TestPanic(t *testing.T) {
	s := newSource(t)
	s.compare('P', func(b, want []byte) (_, _ []byte) {
		lastStamp, lastNonce, now, f := s.next()
		b = beatRecord(b, lastStamp, lastNonce, now, &f)
		f.Status, f.Nonce = vlp.Critical, vlp.Terminal
		wire, ft := judged(&f)
		return b, put64(put64(answer(want, wire, ft), lastStamp), lastNonce)
	})
}

// TestMilliseconds: a counter of 32 bits that overflows, and one that falls back.
func TestMilliseconds(t *testing.T) {
	s := newSource(t)
	s.compare('M', func(b, want []byte) (_, _ []byte) {
		ns, last, now := s.u64(), s.u32(), s.u32()
		b = put32(put32(put64(b, ns), last), now)
		if d := now - last; d < 1<<31 || ns == 0 {
			ns += uint64(d) * 1e6
		}
		return b, put64(append(want, 0), ns)
	})
}
