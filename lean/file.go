package lean

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// maxText is room for any file of one value in procfs and sysfs, whose
// attributes are a page at the most.
const maxText = 4096

// ReadText returns what a small file holds, at most 4096 bytes, without the
// white space around it. It may block. An error is an *os.PathError. Package
// os would bring its own, larger, way to read, list and remove files.
func ReadText(path string) (string, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return "", PathError("open", path, err)
	}
	defer unix.Close(fd)
	var buf [maxText]byte
	n := 0
	for n < len(buf) {
		m, err := unix.Read(fd, buf[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return "", PathError("read", path, err)
		}
		if m == 0 {
			break
		}
		n += m
	}
	return string(TrimBlanks(buf[:n])), nil
}

// TrimBlanks cuts ASCII white space and other control bytes off both ends.
func TrimBlanks(b []byte) []byte {
	for len(b) > 0 && b[0] <= ' ' {
		b = b[1:]
	}
	for len(b) > 0 && b[len(b)-1] <= ' ' {
		b = b[:len(b)-1]
	}
	return b
}

// Names lists a folder, without "." and "..", in the kernel's order.
func Names(dir string) ([]string, error) {
	fd, err := unix.Open(dir, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, PathError("open", dir, err)
	}
	defer unix.Close(fd)
	var names []string
	buf := make([]byte, 2*maxText)
	for {
		n, err := unix.Getdents(fd, buf)
		if err != nil {
			return nil, PathError("getdents64", dir, err)
		}
		if n <= 0 {
			return names, nil
		}
		names = appendNames(names, buf[:n])
	}
}

// appendNames goes through what getdents64(2) brings: d_ino and d_off of 64
// bits each, d_reclen of 16, d_type of 8, d_name with a NUL behind it.
func appendNames(names []string, b []byte) []string {
	const reclen, name = 16, 19
	for len(b) > name {
		size := int(binary.NativeEndian.Uint16(b[reclen:]))
		s, _, _ := Cut(string(b[name:size]), 0)
		if s != "." && s != ".." {
			names = append(names, s)
		}
		b = b[size:]
	}
	return names
}
