package intake

import (
	"strings"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// maxLinks is how many symbolic links one path may go through, as in
// path_resolution(7).
const maxLinks = 40

// walk resolves an absolute path step by step and returns the path without
// links. Before each look at a name it calls visit with the folder, itself
// resolved, and the name that is looked up there: whoever waits for the path
// must wait for just these, and an event between visit and look is not lost.
// A link contributes its own folder and those of its target. The walk ends at
// the first name that is not there, with ENOENT; other errors are errnos too.
func walk(path string, visit func(dir, name string)) (string, error) {
	dir, rest := "/", path
	for links := 0; rest != ""; {
		var name string
		name, rest, _ = lean.Cut(rest, '/')
		switch name {
		case "", ".":
			continue
		case "..":
			dir = parent(dir)
			continue
		}
		visit(dir, name)
		next := join(dir, name)
		target, err := readlink(next)
		switch {
		case err == unix.EINVAL: // there, and not a link
			dir = next
			continue
		case err != nil:
			return "", err
		case links == maxLinks:
			return "", unix.ELOOP
		}
		links++
		if target[0] == '/' {
			dir = "/"
		}
		rest = target + "/" + rest
	}
	return dir, nil
}

// readlink fails with EINVAL for whatever is no link, see readlink(2).
func readlink(path string) (string, error) {
	var buf [unix.PathMax]byte
	n, err := unix.Readlink(path, buf[:])
	if err == nil && n == 0 {
		err = unix.ENOENT
	}
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

func join(dir, name string) string {
	if dir == "/" {
		return dir + name
	}
	return dir + "/" + name
}

func parent(dir string) string {
	if i := strings.LastIndexByte(dir, '/'); i > 0 {
		return dir[:i]
	}
	return "/"
}

func base(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
