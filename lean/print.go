package lean

import "golang.org/x/sys/unix"

// Print writes text to stdout, all of it. To whom it was to be said is lost if
// it fails, so the caller must not ignore the error.
func Print(text string) error {
	for p := []byte(text); len(p) > 0; {
		n, err := unix.Write(1, p)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return Wrap("stdout", SyscallError("write", err))
		}
		p = p[n:]
	}
	return nil
}
