package sink

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Names are all paths that a file with generations ever uses.
type Names struct {
	Path, Dir Path
	Old       []Path // Old[0] is PATH.1

	mount mount
}

// NewNames makes them, so that no later step allocates. The error is NewPath's.
func NewNames(path string, generations int) (n Names, err error) {
	if n.Path, err = NewPath(path); err != nil {
		return n, err
	}
	n.Dir, _ = NewPath(folder(path))
	for g := 1; g <= generations; g++ {
		p, _ := NewPath(path + "." + strconv.Itoa(g))
		n.Old = append(n.Old, p)
	}
	return n, nil
}

// folder is where path's last name is looked up.
func folder(path string) string {
	switch i := strings.LastIndexByte(path, '/'); i {
	case -1:
		return "."
	case 0:
		return "/"
	default:
		return path[:i]
	}
}

// Gap returns the index of the first missing generation, or of the last one.
// An error is faccessat's, about the generation at that index.
func (n *Names) Gap(fs interface{ Exists(Path) error }) (int, error) {
	last := len(n.Old) - 1
	for g := range last {
		if err := fs.Exists(n.Old[g]); err == unix.ENOENT {
			return g, nil
		} else if err != nil {
			return g, err
		}
	}
	return last, nil
}

// Fit returns ENAMETOOLONG, of faccessat, and the longest name if the folder takes
// none so long: else the first rotation would find out, and the rows be lost.
func (n *Names) Fit(fs interface{ Exists(Path) error }) (Path, error) {
	longest := n.Old[len(n.Old)-1]
	if err := fs.Exists(longest); err == unix.ENAMETOOLONG {
		return longest, err
	}
	return "", nil
}
