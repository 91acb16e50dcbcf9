package vlp

// search is Next where at least Size bytes are undecided.
func (s *Scanner) search(f *Frame) (Fault, bool) {
	for {
		at, size := seek(s.buf[:s.end], s.pos)
		s.pos, s.need = at, at+size
		if s.end < s.need {
			return None, false
		}
		b := (*[Size]byte)(s.buf[at:])
		if sum := checksum((*[atCRC]byte)(b[:])); sum != stored(b) {
			s.refuse(b, sum)
			continue
		}
		return s.take(b, f), true
	}
}

// refuse steps over a head that no frame came of. That is the same as a step of
// one byte, for neither of the two behind it is the first letter.
func (s *Scanner) refuse(b *[Size]byte, sum uint32) {
	s.pos += headSize
	if b[atVersion] == version {
		s.faults[BadCRC]++
		s.stored, s.computed = stored(b), sum
	}
}

// take judges the frame at pos, whose checksum is right, and steps over it.
func (s *Scanner) take(b *[Size]byte, f *Frame) Fault {
	ft := BadVersion
	if b[atVersion] == version {
		ft = judge(b, f)
	}
	if ft == None {
		s.accepted += Size
	} else {
		s.faults[ft]++
	}
	s.last = s.pos
	s.pos += Size
	s.need = s.pos + Size
	return ft
}

// seek returns where the first head at or after p stands in b, and how many
// bytes from there make a frame. Without one it returns the last two bytes,
// which may become one. There must be two at p.
//
// The plain loop is meant: looking for the first letter by a fast search is
// quicker in noise, but falls to a tenth of that where the letter is common.
func seek(b []byte, p int) (at, size int) {
	window := uint32(b[p])<<8 | uint32(b[p+1])
	for i, c := range b[p+2:] {
		window = window<<8 | uint32(c)
		if window&0xffff00 != magic0<<16|magic1<<8 {
			continue
		}
		if n := sizeByVersion(c); n > 0 {
			return p + i, n
		}
	}
	return len(b) - 2, Size
}

// sizeByVersion returns the length of a frame whose magic is followed by v, or
// 0 if that starts none.
func sizeByVersion(v byte) int {
	if v == version || v == version-1 {
		return Size
	}
	return 0
}
