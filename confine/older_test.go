package confine

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// older is a kernel that lacks things, and notes what it is asked.
type older struct {
	version   int        // of Landlock
	errata    int        // that it has the cure of; 0: it does not know the question
	landlock  unix.Errno // what it says of Landlock; 0: it has it
	seccompIs func(uintptr) unix.Errno
	restrict  unix.Errno
	nnp       unix.Errno

	attr  unix.LandlockRulesetAttr
	size  uintptr
	rules []unix.LandlockPathBeneathAttr
	flags []uintptr
	alone bool // restrictSelf was called
	drops []uintptr
}

func (k *older) prctl(op, a, b, c uintptr) unix.Errno {
	switch {
	case op == unix.PR_CAPBSET_DROP && a > 37:
		return unix.EINVAL
	case op == unix.PR_CAPBSET_DROP:
		k.drops = append(k.drops, a)
		return 0
	}
	return k.nnp
}

func (k *older) setgroups([]uint32) unix.Errno   { return 0 }
func (k *older) set(call, id uintptr) unix.Errno { return 0 }
func (k *older) capset(*capSets) unix.Errno      { return 0 }

func (k *older) createRuleset(attr *unix.LandlockRulesetAttr, size, flags uintptr) (int, unix.Errno) {
	switch {
	case k.landlock != 0:
		return -1, k.landlock
	case flags == unix.LANDLOCK_CREATE_RULESET_VERSION:
		return k.version, 0
	case flags == unix.LANDLOCK_CREATE_RULESET_ERRATA && k.errata == 0:
		return -1, unix.EINVAL
	case flags == unix.LANDLOCK_CREATE_RULESET_ERRATA:
		return k.errata, 0
	}
	k.attr, k.size = *attr, size
	fd, _ := unix.Eventfd(0, 0) // something to close
	return fd, 0
}

func (k *older) addRule(_ int, attr *unix.LandlockPathBeneathAttr) unix.Errno {
	k.rules = append(k.rules, *attr)
	if attr.Allowed_access&^k.attr.Handled_access_fs != 0 {
		return unix.EINVAL
	}
	return 0
}

func (k *older) restrictSelf(int) unix.Errno { k.alone = true; return k.restrict }

func (k *older) seccomp(flags uintptr, _ *unix.SockFprog) unix.Errno {
	k.flags = append(k.flags, flags)
	if k.seccompIs == nil {
		return 0
	}
	return k.seccompIs(flags)
}

func always(e unix.Errno) func(uintptr) unix.Errno { return func(uintptr) unix.Errno { return e } }

// What a kernel lacks is said, and nothing fails.
func TestOlderKernels(t *testing.T) {
	withoutLog := func(flags uintptr) unix.Errno {
		if flags&unix.SECCOMP_FILTER_FLAG_LOG != 0 {
			return unix.EINVAL
		}
		return 0
	}
	for _, c := range []struct {
		name string
		k    older
		want string
	}{
		{"new", older{version: 7}, "seccomp, Landlock"},
		{"5.13", older{version: 1}, "seccomp, Landlock"},
		{"without Landlock", older{landlock: unix.ENOSYS}, "seccomp, no Landlock (landlock_create_ruleset: function not implemented)"},
		{"Landlock not in lsm=", older{landlock: unix.EOPNOTSUPP}, "seccomp, no Landlock (landlock_create_ruleset: operation not supported)"},
		{"4.9", older{landlock: unix.ENOSYS, seccompIs: withoutLog}, "seccomp, no Landlock (landlock_create_ruleset: function not implemented)"},
		{"without either", older{landlock: unix.ENOSYS, seccompIs: always(unix.EINVAL)},
			"no seccomp (seccomp: invalid argument), no Landlock (landlock_create_ruleset: function not implemented)"},
		{"before 3.17", older{landlock: unix.ENOSYS, seccompIs: always(unix.ENOSYS)},
			"no seccomp (seccomp: function not implemented), no Landlock (landlock_create_ruleset: function not implemented)"},
		{"in a container", older{landlock: unix.EPERM, seccompIs: always(unix.EACCES)},
			"no seccomp (seccomp: permission denied), no Landlock (landlock_create_ruleset: operation not permitted)"},
	} {
		got, err := sandbox(&c.k, []Place{{"/proc", Read}, {"/dev", Device}, {"/", Write}, {"/dev/null", Feed}})
		if err != nil || got != c.want {
			t.Errorf("%s: %q, %v, want %q", c.name, got, err, c.want)
		}
		if has := c.k.landlock == 0; c.k.alone != has || has && len(c.k.rules) != 4 {
			t.Errorf("%s: %d rules, in force %t", c.name, len(c.k.rules), c.k.alone)
		}
	}
}

// What fails in another way is an error: then nobody knows what is in force.
func TestSandboxFails(t *testing.T) {
	for want, k := range map[string]*older{
		"landlock_restrict_self: ": {version: 1, restrict: unix.E2BIG},
		"seccomp: ":                {version: 1, seccompIs: always(unix.ESRCH)},
	} {
		if got, err := sandbox(k, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v", want, got, err)
		}
	}
	if _, err := fence(&older{seccompIs: always(unix.ESRCH)}); err == nil {
		t.Error("a fence that does not stand")
	}
	if err := noNewPrivs(&older{nnp: unix.EINVAL}); err == nil {
		t.Error("no no_new_privs")
	}
}

// Each version is asked for what it knows, in a struct of its size.
func TestHandled(t *testing.T) {
	for version, want := range map[int]struct {
		fs, net, scoped uint64
		size            uintptr
	}{
		1: {0x1fff, 0, 0, 8}, 2: {0x3fff, 0, 0, 8}, 3: {0x7fff, 0, 0, 8}, 4: {0x7fff, 3, 0, 16},
		5: {0xffff, 3, 0, 16}, 6: {0xffff, 3, 2, 24}, 9: {0xffff, 3, 2, 24},
	} {
		a, size := handled(version)
		if a.Handled_access_fs != want.fs || a.Handled_access_net != want.net || a.Scoped != want.scoped || size != want.size {
			t.Errorf("version %d: %+v, %d", version, a, size)
		}
	}
}

// Signals are scoped only where that does not keep our own threads apart: there
// the first of them would wait for the second for ever.
func TestSignalScope(t *testing.T) {
	for _, c := range []struct {
		name            string
		version, errata int
		want            uint64
	}{{"6.12", 6, 0, 0}, {"6.14 with the first cure only", 6, 1, 0}, {"6.15", 6, 3, 2}, {"6.18", 7, 7, 2}, {"6.10", 5, 0, 0}} {
		k := &older{version: c.version, errata: c.errata}
		if err := landlock(k, nil); err != nil || k.attr.Scoped != c.want {
			t.Errorf("%s: scoped %d, %v, want %d", c.name, k.attr.Scoped, err, c.want)
		}
	}
}

// Who is the user already has the groups that it came with.
func TestGroupsOfOneWhoStays(t *testing.T) {
	have, err := unix.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	u := &User{UID: uint32(unix.Getuid()), GID: uint32(unix.Getgid()), Groups: []uint32{4000000}}
	become(&older{}, u, 0, 0) // it fails for root, later
	for _, g := range u.Groups {
		if !slices.Contains(have, int(g)) {
			t.Errorf("group %d, expected those of the process, %d", g, have)
		}
	}
}

func TestCutBounding(t *testing.T) {
	k := &older{}
	if err := cutBounding(k, 1<<unix.CAP_SETPCAP, 1<<5|1<<37); err != nil || len(k.drops) != 36 {
		t.Errorf("%d dropped, %v", len(k.drops), err)
	}
	if err := cutBounding(&older{}, 0, 0); err != nil {
		t.Error(err)
	}
}
