package confine

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// maxFile bounds a passwd or group file; what is beyond is not seen.
const maxFile = 64 << 10

// entry is the line of a file whose field in a column is key; nil if there is none.
func entry(path, key string, column int) (found []string, err error) {
	err = eachLine(path, func(f []string) bool {
		if len(f) > column && f[column] == key && len(f) > 2 {
			found = f
		}
		return found == nil
	})
	return found, err
}

// eachLine gives the fields between colons of each line, until do is false.
func eachLine(path string, do func(fields []string) bool) error {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return lean.PathError("open", path, err)
	}
	defer unix.Close(fd)
	text := make([]byte, maxFile)
	n := 0
	for n < maxFile {
		m, err := unix.Read(fd, text[n:])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return lean.PathError("read", path, err)
		}
		if m == 0 {
			break
		}
		n += m
	}
	for rest := string(text[:n]); rest != ""; {
		var line string
		line, rest, _ = lean.Cut(rest, '\n')
		if !do(lean.Split(line, ':')) {
			return nil
		}
	}
	return nil
}
