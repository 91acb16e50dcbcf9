package intake

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// CheckLine reports whether the line can be one at all: an error that wraps
// ENOTTY if its device is there and is no tty. A device that is missing or may
// not be opened now is no error, it may come. Nothing is opened for the
// question, so a device that sysfs does not know and that turns out to be no
// tty is a line that is down for ENOTTY.
func CheckLine(c LineConfig, places Places) error {
	o, err := newOpener(c, places)
	if err != nil {
		return err
	}
	path, err := o.locate()
	if err != nil {
		return nil
	}
	var st unix.Stat_t
	if unix.Stat(path, &st) != nil || checkNode(places.Sys, &st) == nil {
		return nil
	}
	return lean.Wrap("serial line "+c.Name+": "+c.Device+": expected a tty, got "+kindOf(&st), unix.ENOTTY)
}

// kindOf names what is there in stat(2)'s words.
func kindOf(st *unix.Stat_t) string {
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return "a regular file"
	case unix.S_IFDIR:
		return "a directory"
	case unix.S_IFIFO:
		return "a FIFO"
	case unix.S_IFSOCK:
		return "a socket"
	case unix.S_IFBLK:
		return "a block device"
	}
	return "another character device"
}
