package confine

import (
	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Become changes user, group and supplementary groups of all threads, real,
// effective and saved ones, and reads back that they are the new ones for good.
// The capabilities of stay are kept, not in effect; the bounding set, which is
// what setuid programs can bring back, is cut to bound.
//
// Whoever is that user already stays it, with the groups that it came with.
func Become(u *User, stay, bound Caps) error { return become(thisKernel{}, u, stay, bound) }

func become(k kernel, u *User, stay, bound Caps) error {
	permitted, err := have()
	if err != nil {
		return err
	}
	if err := cutBounding(k, permitted, bound); err != nil {
		return err
	}
	if same := uint32(unix.Getuid()) == u.UID && uint32(unix.Geteuid()) == u.UID; same {
		if err := u.takeGroups(); err != nil {
			return err
		}
	} else {
		if e := k.prctl(unix.PR_SET_KEEPCAPS, 1, 0, 0); e != 0 {
			return lean.SyscallError("prctl PR_SET_KEEPCAPS", e)
		}
		if err := change(k, u); err != nil {
			return err
		}
	}
	if err := limit(k, stay); err != nil {
		return err
	}
	return verify(u)
}

// takeGroups makes the groups those that the process has.
func (u *User) takeGroups() error {
	have, err := unix.Getgroups()
	if err != nil {
		return lean.SyscallError("getgroups", err)
	}
	u.Groups = u.Groups[:0]
	for _, g := range have {
		if uint32(g) != u.GID {
			u.Groups = append(u.Groups, uint32(g))
		}
	}
	return nil
}

// change is the three calls, in the only order that works. Package syscall has
// them too, with a kilobyte of conversions each.
func change(k kernel, u *User) error {
	uid, gid := uintptr(u.UID), uintptr(u.GID)
	call, e := "setgroups", k.setgroups(u.Groups)
	if e == 0 {
		call, e = "setresgid", k.set(sysSetresgid, gid)
	}
	if e == 0 {
		call, e = "setresuid", k.set(sysSetresuid, uid)
	}
	if e != 0 {
		return lean.SyscallError(call, e)
	}
	return nil
}

// cutBounding needs CAP_SETPCAP, and is left out without it. Numbers end with
// EINVAL.
func cutBounding(k kernel, permitted, bound Caps) error {
	if permitted>>unix.CAP_SETPCAP&1 == 0 {
		return nil
	}
	for n := range uintptr(64) {
		if bound>>n&1 != 0 {
			continue
		}
		switch e := k.prctl(unix.PR_CAPBSET_DROP, n, 0, 0); e {
		case 0:
		case unix.EINVAL:
			return nil
		case unix.EPERM: // permitted and not in effect
			return nil
		default:
			return lean.SyscallError("prctl PR_CAPBSET_DROP", e)
		}
	}
	return nil
}

// Limit leaves all threads the capabilities of stay that they have, none in
// effect.
func Limit(stay Caps) error { return limit(thisKernel{}, stay) }

func limit(k kernel, stay Caps) error {
	permitted, err := have()
	if err != nil {
		return err
	}
	if e := k.capset(sets(0, stay&permitted)); e != 0 {
		return lean.SyscallError("capset", e)
	}
	return nil
}

// Lacking are those of want that this process could not keep.
func Lacking(want Caps) Caps {
	permitted, err := have()
	if err != nil {
		return want
	}
	return want &^ permitted
}

// verify reads back who we are, and tries to become root again.
func verify(u *User) error {
	r, e, s := unix.Getresuid()
	rg, eg, sg := unix.Getresgid()
	want := int(u.UID)
	if r != want || e != want || s != want || rg != int(u.GID) || eg != int(u.GID) || sg != int(u.GID) {
		return lean.New("the kernel has not changed all user and group ids; expected " + u.String())
	}
	if _, _, errno := unix.RawSyscall(sysSetresuid, 0, 0, 0); errno == 0 {
		return lean.New("root could be regained after the change to " + u.String() + "; expected EPERM from setresuid")
	}
	return nil
}
