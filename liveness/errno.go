package liveness

import (
	"errors"

	"golang.org/x/sys/unix"
)

// errno is the kernel's number behind err; 0 if there is none.
func errno(err error) unix.Errno {
	e, _ := errors.AsType[unix.Errno](err)
	return e
}

// once passes an error that is not like the one before, so that what goes on
// failing is said once, and again after it has worked.
type once struct{ failing bool }

// note reports whether to tell that it failed, or that it works again.
func (o *once) note(err error) (told bool) {
	told = (err != nil) != o.failing
	o.failing = err != nil
	return told
}
