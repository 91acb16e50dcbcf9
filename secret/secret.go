// Package secret reads files that hold a key or a token.
//
// A secret that others can read or replace is none, so a file is refused
// unless, judged in this order on the opened descriptor,
//
//	its last path element is no symbolic link
//	it is a regular file
//	neither group nor others may do anything with it
//	it belongs to the real user id of this process
//
// These are the rules and the words of varta-watch 0.2.0, so that scripts
// which look for them in an error go on working. Errors name the path, keep
// the errno, and never show any part of the secret beyond one wrong digit.
//
// The package does not judge the folders above the file, it does not follow
// changes, and it keeps no copy: the caller owns what it gets.
package secret

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// MaxBytes is the size beyond which a file is not taken for a secret. A
// thousand keys of one line each fit.
const MaxBytes = 64 << 10

// What a file can have against it; test with errors.Is.
var (
	ErrSymlink     = errors.New("must not be a symlink")
	ErrNotRegular  = errors.New("must be a regular file")
	ErrPermissions = errors.New("insecure permissions")
	ErrOwner       = errors.New("wrong owner")
	ErrTooLarge    = errors.New("too large")
)

// ReadFile returns the content of a secret file after the checks of the
// package comment. An error is fit to be shown after the name of a flag.
func ReadFile(path string) ([]byte, error) {
	// O_NONBLOCK and O_NOCTTY: a FIFO or a terminal in the file's place must
	// reach the check below instead of hanging the start or adopting us.
	const flags = unix.O_RDONLY | unix.O_NOFOLLOW | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY
	fd, err := unix.Open(path, flags, 0)
	if errors.Is(err, unix.ELOOP) && isSymlink(path) {
		return nil, lean.Wrap(path, ErrSymlink)
	}
	if err != nil {
		return nil, lean.Wrap(path, lean.SyscallError("open", err))
	}
	defer unix.Close(fd)
	if err := Check(fd); err != nil {
		return nil, lean.Wrap(path, err)
	}
	b, err := readAll(fd)
	if err != nil {
		return nil, lean.Wrap(path, err)
	}
	return b, nil
}

// isSymlink tells the refusal of O_NOFOLLOW from a loop among the folders,
// which has the same errno.
func isSymlink(path string) bool {
	var st unix.Stat_t
	return unix.Lstat(path, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFLNK
}

// Check judges an open file by the rules of the package comment, for whoever
// goes on to use it.
func Check(fd int) error {
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return lean.SyscallError("fstat", err)
	}
	return judge(uint32(st.Mode), st.Uid, uint32(unix.Getuid()))
}

// judge is the part of Check that needs no file.
func judge(mode, owner, uid uint32) error {
	switch {
	case mode&unix.S_IFMT != unix.S_IFREG:
		return ErrNotRegular
	case mode&0o077 != 0:
		return lean.Mark("insecure permissions "+octal(mode&0o7777)+" (must be 0600 or stricter)", ErrPermissions)
	case owner != uid:
		return lean.Mark("owned by uid "+decimal(owner)+", expected uid "+decimal(uid), ErrOwner)
	}
	return nil
}

func decimal(id uint32) string { return strconv.FormatUint(uint64(id), 10) }

// octal writes three digits at the least, as ls and chmod do.
func octal(mode uint32) string {
	s := strconv.FormatUint(uint64(mode), 8)
	return "000"[min(len(s), 3):] + s
}

// readAll reads to the end, or to one byte beyond what is allowed.
func readAll(fd int) ([]byte, error) {
	b := make([]byte, MaxBytes+1)
	n := 0
	for n < len(b) {
		m, err := unix.Read(fd, b[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			clear(b)
			return nil, lean.SyscallError("read", err)
		}
		if m == 0 {
			return b[:n:n], nil
		}
		n += m
	}
	clear(b)
	return nil, lean.Mark("too large: more than 65536 bytes", ErrTooLarge)
}
