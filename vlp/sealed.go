package vlp

// What a sealed frame is led by in a stream, not covered by the seal: the
// magic, version 2 with the high bit, and how many bytes follow.
const (
	sealedHead = 4

	sharedSize = 60 // under a shared key
	masterSize = 64 // under a key derived from a master key
	sharedHead = magic0<<24 | magic1<<16 | (version|0x80)<<8 | sharedSize
	masterHead = magic0<<24 | magic1<<16 | (version|0x80)<<8 | masterSize
)

// SealedScanner finds sealed frames in a stream of bytes that may start
// anywhere, lack bytes and hold others. One goroutine uses it, in turns:
//
//	n, err := read(fd, s.Space())
//	s.Wrote(n)
//	for b := s.Next(); b != nil; b = s.Next() {
//		if opens(b) { s.Accept() }
//	}
//
// The seal is the checksum: what it covers is a frame if it opens, also when
// that is a copy of an old one, and then the search goes on behind it. A head
// whose bytes do not open proves nothing, and the search goes on with the byte
// after its first. So no frame that arrived whole is lost, none is invented,
// and a frame is returned as soon as its last byte is there. Plain frames are
// noise.
//
// The cost per byte is bounded for any input: each byte is looked at once in
// search of heads, and heads, which may cost a try of each key, stand at least
// four bytes apart.
type SealedScanner struct {
	pos  int // what lies before it in buf is decided
	end  int // bytes in buf
	need int // while end is below it nothing can be decided
	size int // of the frame at pos that Next returned, without its head; or 0

	past     uint64 // bytes of the stream that are no longer in buf
	accepted uint64 // bytes in accepted frames, heads included
	refused  uint64 // heads that no frame came of

	buf [bufSize]byte
}

// NewSealedScanner returns a scanner at the start of a stream.
func NewSealedScanner() *SealedScanner { return &SealedScanner{need: sealedHead + sharedSize} }

// Space returns where the next bytes of the stream go. There is room for 4096
// at least once Next said that there is no more; Space panics when the buffer
// is full because Next was not asked.
func (s *SealedScanner) Space() []byte {
	if s.end > slack {
		copy(s.buf[:], s.buf[s.pos:s.end])
		s.past += uint64(s.pos)
		s.end -= s.pos
		s.need -= s.pos
		s.pos = 0
		if s.end == bufSize {
			panic("vlp: no space left, Next was not called to its end")
		}
	}
	return s.buf[s.end:]
}

// Wrote says that n bytes of the stream were put at the start of Space.
func (s *SealedScanner) Wrote(n int) {
	if uint(n) > uint(bufSize-s.end) {
		panic("vlp: more bytes than there was space for")
	}
	s.end += n
}

// Next returns the 60 or 64 bytes behind the next head of which all arrived,
// or nil when there is none before more bytes come. They are the scanner's own
// and good until Space or Reset is called. If Accept was not called for those
// before, they were no frame.
func (s *SealedScanner) Next() []byte {
	if s.size > 0 {
		// The same as a step of one byte: no other byte of a head is its first.
		s.pos += sealedHead
		s.size = 0
		s.refused++
	} else if s.end < s.need {
		return nil
	}
	at, size := seekSealed(s.buf[:s.end], s.pos)
	s.pos, s.need = at, at+sealedHead+max(size, sharedSize)
	if s.end < s.need {
		return nil
	}
	s.size = size
	return s.buf[at+sealedHead : s.need : s.need]
}

// Accept says that what Next returned last was a frame.
func (s *SealedScanner) Accept() {
	if s.size == 0 {
		panic("vlp: nothing to accept")
	}
	s.accepted += uint64(sealedHead + s.size)
	s.pos += sealedHead + s.size
	s.need = s.pos + sealedHead + sharedSize
	s.size = 0
}

// Bytes returns how many bytes the stream had, and how many of them belong to
// no accepted frame. The last few, 67 at most, of which a frame may yet come
// are not skipped so far.
func (s *SealedScanner) Bytes() (seen, skipped uint64) {
	return s.past + uint64(s.end), s.past + uint64(s.pos) - s.accepted
}

// Refused returns how many heads were followed by what was no frame.
func (s *SealedScanner) Refused() uint64 { return s.refused }

// Reset forgets the beginning of a frame, as after a hang-up: it counts as
// skipped, and what comes next is a new stream.
func (s *SealedScanner) Reset() {
	s.past += uint64(s.end)
	s.pos, s.end, s.size, s.need = 0, 0, 0, sealedHead+sharedSize
}

// seekSealed returns where the first head at or after p stands in b, and how
// many bytes follow it in a frame. Without one it returns the last three
// bytes, which may become one, and 0. There must be three at p.
func seekSealed(b []byte, p int) (at, size int) {
	window := uint32(b[p])<<16 | uint32(b[p+1])<<8 | uint32(b[p+2])
	for i, c := range b[p+3:] {
		window = window<<8 | uint32(c)
		switch window {
		case sharedHead:
			return p + i, sharedSize
		case masterHead:
			return p + i, masterSize
		}
	}
	return len(b) - 3, 0
}
