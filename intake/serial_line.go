package intake

import (
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/event"
	"vlpd/secure"
	"vlpd/vlp"
)

// Line is a serial line as the loop has it: bytes in, frames out, and what is
// known of its health. Only the loop uses it. None of its methods allocates or
// makes a call that can sleep; the tty was opened non-blocking.
type Line struct {
	Config  LineConfig
	scanner *vlp.Scanner
	sealed  *vlp.SealedScanner // in place of scanner, if not nil
	opener  *secure.Opener
	plain   [vlp.Size]byte     // what opener made of the last sealed frame
	faults  [vlp.Faults]uint64 // of sealed frames that are wrong inside
	fd      int                // ours while up, -1 else
	doubt   chan<- struct{}    // to the opener
	ups     uint64
	frames  uint64
	health  health
}

// FD is what the epoll set watches for EPOLLIN while the line is up; -1 when
// it is down.
func (l *Line) FD() int { return l.fd }

// Reopens is how often the line came up after the first time.
func (l *Line) Reopens() uint64 { return l.ups - min(l.ups, 1) }

// Frames is how many frames were accepted.
func (l *Line) Frames() uint64 { return l.frames }

// Scanner has the line's bytes, skipped bytes and faults, and the bytes of the
// last result; nothing where frames are sealed.
func (l *Line) Scanner() *vlp.Scanner { return l.scanner }

// Read takes what one read(2) gives, 4095 bytes at most, and returns how much
// that was. Next must be called to its end before the next Read. When down is
// not 0 the line is dead: event.LineHangup, or the errno of the read. The
// caller then takes FD out of its epoll set and calls Lines.Release.
//
// A tty that has hung up is readable for ever and gives 0 bytes, a driver may
// say EIO instead; nothing yet is EAGAIN. It is 0 bytes too where somebody else
// has set VMIN to 0, or the line to cooked, where 0x04 ends a file.
func (l *Line) Read() (n int, down uint16) {
	space := l.space()
	r, _, e := unix.RawSyscall(unix.SYS_READ, uintptr(l.fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(space))), uintptr(len(space)))
	switch {
	case e == unix.EAGAIN || e == unix.EINTR:
		return 0, 0
	case e == 0 && r == 0 && alive(l.fd) == nil:
		l.Doubt()
		return 0, 0
	case e == unix.EIO || (e == 0 && r == 0):
		return 0, event.LineHangup
	case e != 0:
		return 0, uint16(e)
	}
	l.wrote(int(r))
	return int(r), 0
}

func (l *Line) space() []byte {
	if l.sealed != nil {
		return l.sealed.Space()
	}
	return l.scanner.Space()
}

func (l *Line) wrote(n int) {
	if l.sealed != nil {
		l.sealed.Wrote(n)
		return
	}
	l.scanner.Wrote(n)
}

// Next is the scanner's Next, counted: (vlp.None, true) is a frame in *f, any
// other fault with true a refused one, false means read on.
func (l *Line) Next(f *vlp.Frame) (vlp.Fault, bool) {
	ft, more := l.scanner.Next(f)
	if more && ft == vlp.None {
		l.frames++
	}
	return ft, more
}

// raise takes the descriptor that the opener hands over.
func (l *Line) raise(c Change) {
	l.fd = c.fd
	l.ups++
}

// lower forgets the descriptor and half a frame: what comes after a hang-up
// does not continue what came before.
func (l *Line) lower() {
	l.scanner.Reset()
	if l.sealed != nil {
		l.sealed.Reset()
	}
	l.fd = -1
}
