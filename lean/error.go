package lean

import (
	"errors"
	"os"
)

// Error says Text and is Err, for errors.Is and errors.AsType. It stands where
// fmt.Errorf would: package fmt with reflection is a tenth of the binary.
type Error struct {
	Text string // all that Error says
	Err  error
}

func (e *Error) Error() string { return e.Text }

// Unwrap returns what the error is.
func (e *Error) Unwrap() error { return e.Err }

// Mark makes an error that says text and is err.
//
//go:noinline
func Mark(text string, err error) error { return &Error{text, err} }

// Wrap makes an error that says where before what err says, and is err.
//
//go:noinline
func Wrap(where string, err error) error { return &Error{where + ": " + err.Error(), err} }

// New is errors.New, and SyscallError is os.NewSyscallError; as calls they are
// half as large as what the compiler would put in place of each.
//
//go:noinline
func New(text string) error { return errors.New(text) }

// SyscallError names the system call that failed with err; nil for nil.
//
//go:noinline
func SyscallError(call string, err error) error { return os.NewSyscallError(call, err) }

// PathError is an *os.PathError.
//
//go:noinline
func PathError(call, path string, err error) error {
	return &os.PathError{Op: call, Path: path, Err: err}
}
