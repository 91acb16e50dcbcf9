package sink

import "golang.org/x/sys/unix"

// ReadFull fills p from off on. EIO is a file that is shorter than it said.
func ReadFull(f File, p []byte, off int64) error {
	for len(p) > 0 {
		n, err := f.ReadAt(p, off)
		if err != nil {
			return err
		}
		if n == 0 {
			return unix.EIO
		}
		p, off = p[n:], off+int64(n)
	}
	return nil
}

// WriteFull appends all of p, or returns how much of it and why. EIO is a write
// of nothing without an error, which write(2) does not know for a file.
func WriteFull(f File, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = f.Write(p[n:])
		if m == 0 && err == nil {
			err = unix.EIO
		}
		n += m
	}
	return n, err
}
