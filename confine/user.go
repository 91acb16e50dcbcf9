package confine

import (
	"errors"
	"strconv"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// User is who to become.
type User struct {
	Name   string // "" if only numbers are known
	UID    uint32
	GID    uint32
	Groups []uint32 // supplementary ones, by the group file
}

// Places are where users are looked up.
type Places struct{ Passwd, Group string }

// System is this machine's.
var System = Places{"/etc/passwd", "/etc/group"}

// maxID is the last id; the one behind it, -1, means "leave it" to setresuid(2).
const maxID = 1<<32 - 2

// Find looks up NAME, NAME:GROUP, UID or UID:GID. A name comes before a number,
// as in chown(1). A user without an entry in the passwd file needs its group
// said. Static programs have no NSS: what is not in the two files is unknown.
func (p Places) Find(spec string) (u User, err error) {
	name, group, grouped := lean.Cut(spec, ':')
	known, err := p.passwd(name, &u, ": adduser -SDH "+name+", or give UID:GID")
	if err != nil {
		return u, err
	}
	if grouped {
		if u.GID, err = p.group(group); err != nil {
			return u, err
		}
	} else if !known {
		return u, lean.New("uid " + name + " is not in " + p.Passwd + ", so its group must be said: " + name + ":GID")
	}
	if u.UID == 0 {
		return u, lean.New("that is root (uid 0), expected a user to become; without this flag vlpd stays root")
	}
	if u.Name != "" {
		err = p.memberships(&u)
	}
	return u, err
}

// UID looks up NAME or UID.
func (p Places) UID(name string) (uint32, error) {
	var u User
	_, err := p.passwd(name, &u, "")
	return u.UID, err
}

// passwd fills in what NAME:x:UID:GID: says; known if there was an entry. advice
// ends the error about a user who is not there.
func (p Places) passwd(name string, u *User, advice string) (known bool, err error) {
	number, numeric := lean.Uint(name, 10, maxID)
	f, err := entry(p.Passwd, name, 0)
	if f == nil && numeric && err == nil {
		f, err = entry(p.Passwd, name, 2)
	}
	switch {
	case f == nil && numeric:
		u.UID = uint32(number)
		return false, nil // a missing file is no matter then
	case err != nil:
		return false, err
	case f == nil:
		return false, lean.New("no user " + lean.Quote(name) + " in " + p.Passwd + advice)
	}
	uid, ok1 := lean.Uint(f[2], 10, maxID)
	gid, ok2 := lean.Uint(append(f, "")[3], 10, maxID)
	if !ok1 || !ok2 {
		return true, lean.New(p.Passwd + ": the entry of " + lean.Quote(name) + " has no uid and gid")
	}
	u.Name, u.UID, u.GID = f[0], uint32(uid), uint32(gid)
	return true, nil
}

// group looks for NAME:x:GID:, or takes a number.
func (p Places) group(name string) (uint32, error) {
	f, err := entry(p.Group, name, 0)
	digits := name
	if f != nil {
		digits = f[2]
	}
	gid, ok := lean.Uint(digits, 10, maxID)
	switch {
	case ok:
		return uint32(gid), nil
	case err != nil:
		return 0, err
	}
	return 0, lean.New("no group " + lean.Quote(name) + " in " + p.Group)
}

// memberships are the groups that list the user; none without a group file.
func (p Places) memberships(u *User) error {
	err := eachLine(p.Group, func(f []string) bool {
		if len(f) < 4 {
			return true
		}
		for _, member := range lean.Split(f[3], ',') {
			if gid, ok := lean.Uint(f[2], 10, maxID); ok && member == u.Name && uint32(gid) != u.GID {
				u.Groups = append(u.Groups, uint32(gid))
				break
			}
		}
		return true
	})
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// String is for people: vlpd (uid 990, gid 990, groups 20).
func (u *User) String() string {
	text := "uid " + decimal(u.UID) + ", gid " + decimal(u.GID)
	for i, g := range u.Groups {
		if i == 0 {
			text += ", groups"
		}
		text += " " + decimal(g)
	}
	if u.Name == "" {
		return text
	}
	return u.Name + " (" + text + ")"
}

func decimal(id uint32) string { return strconv.FormatUint(uint64(id), 10) }
