package observer

import (
	"golang.org/x/sys/unix"

	"vlpd/diag"
)

// adviseLink warns of a symbolic link at the log's path. A rotation renames the
// link, so that the next file is beside it, and maybe on no flash at all. What
// is no regular file, as /dev/stdout in a container, is never renamed.
func adviseLink(d *diag.Log, path string) {
	var target [256]byte // enough to tell it by; a page more of stack would stay with us
	n, err := unix.Readlink(path, target[:])
	if err != nil {
		return
	}
	var st unix.Stat_t
	if unix.Stat(path, &st) == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
		return
	}
	d.Say(diag.Warn, "event log: "+path+" is a symbolic link to "+string(target[:n])+
		": from the first rotation on rows go to a new file beside the link; give --export-file the path itself, or link the folder")
}
