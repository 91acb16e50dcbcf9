package sink

import "golang.org/x/sys/unix"

// A rename is not one step everywhere. JFFS2 adds the new name and then takes
// the old one away (jffs2_rename, fs/jffs2/dir.c): a power cut between, or a
// chip without room for the second, leaves one file under two names. Rows
// would be found twice, and a rename(2) onto the same file does nothing and
// says well done. So what a rename has left is taken away by whoever meets it.

// Rename is fs.Rename, and ends one that was cut short. An error is an errno, of
// the call that is named.
func Rename(fs FS, from, to Path) (call string, err error) {
	if err = fs.Rename(from, to); err != nil {
		return "rename", err
	}
	if fs.Exists(from) == nil { // as it should not be
		_, err = part(fs, from, to)
	}
	return "unlink", err
}

// part takes the name from away if its file has the name to as well. The error
// is unlink's.
func part(fs FS, from, to Path) (was bool, err error) {
	if !fs.Same(from, to) {
		return false, nil
	}
	if err = fs.Unlink(from); err == unix.ENOENT {
		err = nil
	}
	return err == nil, err
}

// Part ends the renames that were cut short, the oldest first, and stops at the
// first that it cannot end: the error is unlink's, of that name. A name of which
// nothing can be told is passed over, and shows its error where it is renamed.
func (n *Names) Part(fs FS, say func(Level, string)) (Path, error) {
	for g := len(n.Old) - 1; g >= 0; g-- {
		from, to := n.Path, n.Old[g]
		if g > 0 {
			from = n.Old[g-1]
		}
		was, err := part(fs, from, to)
		if err != nil {
			return from, err
		}
		if was {
			say(Warn, from.String()+": was "+to.String()+" as well, by a rename that was cut short; the first name is taken away")
		}
	}
	return "", nil
}
