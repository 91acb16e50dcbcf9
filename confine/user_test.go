package confine

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const passwdFile = `root:x:0:0:root:/root:/bin/sh
# a comment
vlpd:x:990:991::/var/empty:/bin/false
short:x
odd:x:many:1:::
1234:x:77:78:::
other:x:55:56:::
`

const groupFile = `root:x:0:
dialout:x:20:other,vlpd
vlpd:x:991:
gpio:x:30:vlpd
almost:x:31:vlpdx,xvlpd
own:x:991:vlpd
broken:x:
watchdog:x:40:other
`

func files(t *testing.T, passwd, group string) Places {
	t.Helper()
	dir := t.TempDir()
	p := Places{filepath.Join(dir, "passwd"), filepath.Join(dir, "group")}
	for path, text := range map[string]string{p.Passwd: passwd, p.Group: group} {
		if text == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func TestFind(t *testing.T) {
	p := files(t, passwdFile, groupFile)
	for spec, want := range map[string]User{
		"vlpd":          {Name: "vlpd", UID: 990, GID: 991, Groups: []uint32{20, 30}},
		"vlpd:dialout":  {Name: "vlpd", UID: 990, GID: 20, Groups: []uint32{30, 991}},
		"vlpd:5000":     {Name: "vlpd", UID: 990, GID: 5000, Groups: []uint32{20, 30, 991}},
		"990":           {Name: "vlpd", UID: 990, GID: 991, Groups: []uint32{20, 30}},
		"990:watchdog":  {Name: "vlpd", UID: 990, GID: 40, Groups: []uint32{20, 30, 991}},
		"4242:4243":     {UID: 4242, GID: 4243},
		"4242:dialout":  {UID: 4242, GID: 20},
		"1234":          {Name: "1234", UID: 77, GID: 78}, // a name comes first
		"other":         {Name: "other", UID: 55, GID: 56, Groups: []uint32{20, 40}},
		"4294967294:10": {UID: 4294967294, GID: 10},
	} {
		got, err := p.Find(spec)
		if err != nil || got.Name != want.Name || got.UID != want.UID || got.GID != want.GID || !slices.Equal(got.Groups, want.Groups) {
			t.Errorf("%s: %+v, %v, want %+v", spec, got, err, want)
		}
	}
}

func TestFindRefuses(t *testing.T) {
	p := files(t, passwdFile, groupFile)
	for spec, want := range map[string]string{
		"root": "is root (uid 0)", "0:0": "is root (uid 0)", "0": "is root (uid 0)",
		"nobody": `no user "nobody" in `, "short": `no user "short" in `, "odd": `has no uid and gid`,
		"4242": "4242:GID", "vlpd:none": `no group "none" in `, "vlpd:broken": `no group "broken" in `,
		"4294967295:1": `no user "4294967295" in `, "-1:1": `no user "-1" in `, "990:4294967295": `no group "4294967295" in `,
	} {
		if u, err := p.Find(spec); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %+v, %v, want %s", spec, u, err, want)
		}
	}
}

// Boards without the files know numbers only.
func TestFindWithoutFiles(t *testing.T) {
	p := files(t, "", "")
	if u, err := p.Find("4242:4243"); err != nil || u.UID != 4242 || u.GID != 4243 {
		t.Errorf("%+v, %v", u, err)
	}
	for _, spec := range []string{"vlpd", "vlpd:1"} {
		if _, err := p.Find(spec); err == nil || !strings.Contains(err.Error(), "passwd: no such file") {
			t.Errorf("%s: %v", spec, err)
		}
	}
	if _, err := p.Find("1:dialout"); err == nil || !strings.Contains(err.Error(), "group: no such file") {
		t.Error(err)
	}
	p = files(t, passwdFile, "")
	if u, err := p.Find("vlpd"); err != nil || len(u.Groups) != 0 {
		t.Errorf("without a group file: %+v, %v", u, err)
	}
}

func TestUserString(t *testing.T) {
	for want, u := range map[string]User{
		"vlpd (uid 990, gid 991, groups 20 30)": {Name: "vlpd", UID: 990, GID: 991, Groups: []uint32{20, 30}},
		"uid 1, gid 2":                          {UID: 1, GID: 2},
	} {
		if got := u.String(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
