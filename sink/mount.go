package sink

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// errUnmounted is a folder whose file system was unmounted since the start.
var errUnmounted = lean.Mark("nothing is mounted there any more", unix.ENODEV)

// mount is the file system that a folder is on, by what is below it.
type mount struct {
	some  bool
	below uint64 // device
}

// FindMount remembers what the folder's file system is mounted on. Its root
// itself, a folder of it or one that cannot be looked at is on nothing.
func (n *Names) FindMount(fs FS) {
	dev, ino, err := fs.Device(n.Dir)
	for up := n.Dir.String(); err == nil && len(up) < unix.PathMax; {
		up += "/.."
		var d, i uint64
		d, i, err = fs.Device(Path(up + "\x00"))
		if err != nil || d == dev && i == ino {
			return // the root of all
		}
		if d != dev {
			n.mount = mount{true, d}
			return
		}
		ino = i
	}
}

// Create opens or creates PATH, but not in the folder below a mount point where
// nothing is mounted any more: whoever changes a card unmounts it first, and
// what was begun there would be written on, hidden by the next one. The error is
// an errno, or wraps ENODEV.
func (n *Names) Create(fs FS) (File, error) {
	if n.mount.some {
		dev, _, err := fs.Device(n.Dir)
		if err == nil && dev == n.mount.below {
			err = errUnmounted
		}
		if err != nil {
			return nil, err
		}
	}
	return fs.OpenFile(n.Path, true)
}
