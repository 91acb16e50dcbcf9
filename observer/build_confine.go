package observer

import (
	"errors"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"

	"vlpd/confine"
	"vlpd/diag"
	"vlpd/event"
	"vlpd/intake"
	"vlpd/lean"
	"vlpd/secret"
)

// One rule for everything that is opened: what is opened once and for all is
// opened as whoever started us, sockets, ports and the watchdog; what is opened
// again later, or read again at SIGHUP, is opened as the new user from the first
// time, so that what cannot work is seen at start and not at the next rotation.

// findUser looks up who to become, before anything is touched.
func findUser(o *observer, _ *event.Format) (err error) {
	spec := o.c.Confine.User
	if spec == "" {
		return nil
	}
	if o.user, err = confine.System.Find(spec); err != nil {
		return lean.Wrap("--user "+spec, err)
	}
	need := o.c.KeptCaps()
	if uint32(unix.Getuid()) != o.user.UID {
		need |= confine.Switch
	}
	if lacking := confine.Lacking(need); lacking != 0 {
		return lean.Mark("--user "+spec+": only root can become another user and keep capabilities; this process runs as uid "+
			strconv.Itoa(unix.Getuid())+" without "+lacking.String(), unix.EPERM)
	}
	if given := o.c.Confine.Caps; given != 0 { // or every command fails, on the day that one is needed
		if err := confine.MayGive(); err != nil {
			return lean.Wrap("--recovery-caps "+given.String()+": needs Linux 4.3 or later", err)
		}
	}
	return nil
}

// agentUsers looks up who else may beat, while we may still read what tells.
func agentUsers(names []string) ([]uint32, error) {
	var uids []uint32
	for _, name := range names {
		uid, err := confine.System.UID(name)
		if err != nil {
			return nil, lean.Wrap("--agent-user", err)
		}
		uids = append(uids, uid)
	}
	return uids, nil
}

// becomeUser follows the sockets, whose queue only root can lengthen.
func becomeUser(o *observer, _ *event.Format) error {
	if o.user.UID == 0 {
		return nil
	}
	runtime.LockOSThread() // see With: from here on no thread is made from this one
	for i := range o.loop.sockets {
		if err := o.loop.sockets[i].unix.Give(o.user.UID, o.user.GID); err != nil {
			return err
		}
	}
	if err := confine.Become(&o.user, o.c.StartCaps(), o.c.Bound()); err != nil {
		return lean.Wrap("--user "+o.c.Confine.User, err)
	}
	return nil
}

// with runs do with capabilities in effect that were kept for it.
func (o *observer) with(c confine.Caps, do func() error) error {
	if o.user.UID == 0 || c == 0 {
		return do()
	}
	return confine.With(c, do)
}

// settleDown gives up what start-up needed, before anything is opened that may
// hang: a card or a tty would hold all of this up.
func settleDown(o *observer, _ *event.Format) error {
	c := o.c
	if err := o.checkFolders(); err != nil {
		return err
	}
	if c.SealsPrivileges() {
		if err := confine.NoNewPrivs(); err != nil {
			return err
		}
	}
	box := "no sandbox"
	if c.Confine.Sandboxed() {
		err := o.with(confine.Filter, func() (err error) {
			if c.Recovery.IsSet() { // which inherits all of it
				box, err = confine.Fence()
			} else {
				box, err = confine.Sandbox(o.reach())
			}
			return err
		})
		if err != nil {
			return lean.Wrap("--sandbox", err)
		}
		box = "sandbox: " + box
	}
	switch l := o.loop; {
	case o.user.UID != 0:
		l.confined = "user " + o.user.String() + ", " + box
	case c.Confine.Sandboxed():
		l.confined = box
	}
	if o.user.UID == 0 {
		return nil
	}
	keep := c.KeptCaps()
	if c.Live.Hardware != "" && keep&confine.Files == 0 && confine.MayFeed(c.Live.Hardware) != nil {
		keep |= confine.Files
		o.mustLetGo = true
	}
	return confine.Limit(keep)
}

// letGo is the end of start-up: the watchdog was opened last. If it took more
// than the user's rights to open it, they end here, and that waits for every
// thread, one that hangs in a card too: better is a device that is the user's.
func (o *observer) letGo() error {
	if o.user.UID == 0 {
		return nil
	}
	runtime.UnlockOSThread()
	if !o.mustLetGo {
		return nil
	}
	return confine.Limit(o.c.KeptCaps())
}

// places are where lines are looked for.
func (o *observer) places() intake.Places {
	p := intake.SystemPlaces
	if o.c.Confine.SerialAsRoot {
		p.Open = confine.Open
	}
	return p
}

// checkFolders refuses to begin what would end at the first rotation.
func (o *observer) checkFolders() error {
	if o.user.UID == 0 {
		return nil
	}
	who := o.user.String()
	for _, f := range o.c.Written() {
		var st unix.Stat_t
		if f.Path == "" || unix.Stat(f.Path, &st) == nil && st.Mode&unix.S_IFMT != unix.S_IFREG {
			continue
		}
		dir := confine.Parent(f.Path)
		if err := confine.MayWrite(dir); err != nil {
			return lean.New(f.Flag + " " + f.Path + ": " + who + " must be able to make files in the folder " + dir + ", for rotation (" + err.Error() + "): give it a folder of its own, chown " + o.owner() + " " + dir)
		}
	}
	for _, path := range o.c.Sockets {
		if dir := confine.Parent(path); confine.MayWrite(dir) != nil {
			o.diag.Say(diag.Warn, "socket "+path+": "+who+" cannot remove it at the end, its folder "+dir+
				" is another's; the next start does")
		}
	}
	return nil
}

// owner is the user as chown(1) takes it.
func (o *observer) owner() string {
	spec, _, _ := lean.Cut(o.c.Confine.User, ':')
	return spec
}

// explain adds to an error of rights whose rights they were.
func (o *observer) explain(err error) error {
	if o.user.UID == 0 || uint32(unix.Getuid()) != o.user.UID {
		return err
	}
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) || errors.Is(err, secret.ErrOwner) {
		return lean.Mark(err.Error()+" (by "+o.user.String()+", since --user: files that are read or written must belong to it, chown "+o.owner()+")", err)
	}
	return err
}

// explainLine says once what to do about a device that we may not open.
func (l *loop) explainLine(code uint16) {
	if unix.Errno(code) != unix.EACCES || l.lineAdvised {
		return
	}
	l.lineAdvised = true
	l.notes.log.Say(diag.Warn, "EACCES: the rights of a device node keep us out. Give it a group that the user is in: "+
		"a line like \"ttyUSB[0-9]* root:dialout 660\" in /etc/mdev.conf, or a udev rule. "+
		"Where nothing sets rights, start as root with --user NAME --serial-open-as-root")
}
