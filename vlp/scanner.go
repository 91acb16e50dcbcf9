package vlp

const (
	readSize = 4096     // what one read of a tty can give: N_TTY_BUF_SIZE in the kernel's n_tty.c
	slack    = 3 * Size // bytes that may stay in front, so that tiny reads do not move the rest each time
	bufSize  = readSize + slack
)

// Scanner finds frames in a stream of bytes that may start anywhere, lack
// bytes and hold others. One goroutine uses it, in turns:
//
//	n, err := read(fd, s.Space())
//	s.Wrote(n)
//	for ft, ok := s.Next(&f); ok; ft, ok = s.Next(&f) { ... }
//
// What starts with a frame's head and has a right checksum is a frame: it is
// accepted or, if it says something illegal, refused, and the search goes on
// behind it. A head whose 32 bytes have a wrong checksum proves nothing; the
// search goes on with the byte after its first, for a real frame may start
// inside it. So no frame that arrived whole is lost, unless an earlier piece
// of the stream passes for a frame itself, and then by a right checksum.
//
// A frame of version 1, which no agent may send any more, is followed up as
// well: with a right checksum it is refused as BadVersion, with a wrong one it
// is noise and not counted as a fault. Other versions are noise altogether.
//
// A frame is returned as soon as its last byte is there. How the stream was
// cut into reads changes no result. The cost per byte is bounded for any
// input: each byte is looked at once in search of heads, and heads, which may
// cost a checksum each, stand at least three bytes apart.
type Scanner struct {
	pos  int // what lies before it in buf is decided
	end  int // bytes in buf
	need int // while end is below it nothing can be decided
	last int // where the last frame starts that was returned

	past     uint64 // bytes of the stream that are no longer in buf
	accepted uint64 // bytes in accepted frames
	faults   [Faults]uint64

	stored, computed uint32 // the checksums of the last head that had a wrong one

	buf [bufSize]byte
}

// NewScanner returns a scanner at the start of a stream.
func NewScanner() *Scanner { return &Scanner{need: Size} }

// Space returns where the next bytes of the stream go. There is room for 4096
// at least once Next said that there is no more; Space panics when the buffer
// is full because Next was not asked.
func (s *Scanner) Space() []byte {
	if s.end > slack {
		s.compact()
	}
	return s.buf[s.end:]
}

// compact moves the undecided bytes to the start of the buffer.
func (s *Scanner) compact() {
	copy(s.buf[:], s.buf[s.pos:s.end])
	s.past += uint64(s.pos)
	s.end -= s.pos
	s.need -= s.pos
	s.pos = 0
	if s.end == bufSize {
		panic("vlp: no space left, Next was not called to its end")
	}
}

// Wrote says that n bytes of the stream were put at the start of Space.
func (s *Scanner) Wrote(n int) {
	if uint(n) > uint(bufSize-s.end) {
		panic("vlp: more bytes than there was space for")
	}
	s.end += n
}

// Next returns the next frame that arrived whole, or false when there is none
// before more bytes come. (None, true) is an accepted frame in *f; any other
// fault with true is a refused one, and *f is untouched. It is never BadCRC or
// BadMagic: see Noise.
func (s *Scanner) Next(f *Frame) (Fault, bool) {
	if s.end < s.need {
		return None, false
	}
	return s.search(f)
}

// Last returns the bytes of the frame that Next returned last. They are the
// scanner's own and good until Next, Space or Reset is called.
func (s *Scanner) Last() *[Size]byte { return (*[Size]byte)(s.buf[s.last:]) }

// Noise returns what the last head with a wrong checksum said: damaged frames
// and chance. Faults counts them, under BadCRC; before the first there is
// nothing to return but None.
func (s *Scanner) Noise() Rejection {
	if s.faults[BadCRC] == 0 {
		return Rejection{}
	}
	return Rejection{Fault: BadCRC, Stored: s.stored, Computed: s.computed}
}

// Faults returns how often each fault occurred since NewScanner. The caller
// reads it and leaves it alone.
func (s *Scanner) Faults() *[Faults]uint64 { return &s.faults }

// Bytes returns how many bytes the stream had, and how many of them belong to
// no accepted frame. The last few, 31 at most, of which a frame may yet come
// are not skipped so far.
func (s *Scanner) Bytes() (seen, skipped uint64) {
	return s.past + uint64(s.end), s.past + uint64(s.pos) - s.accepted
}

// Reset forgets the beginning of a frame, as after a hang-up: it counts as
// skipped, and what comes next is a new stream.
func (s *Scanner) Reset() {
	s.past += uint64(s.end)
	s.pos, s.end, s.need = 0, 0, Size
}
