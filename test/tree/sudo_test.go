package tree

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// somebody is a user who calls sudo.
const somebody = 65534

// TestSudoLeavesNothingOfRoot: test.sh goes on as root with the HOME of who called
// it, who must be able to build and to delete afterwards.
func TestSudoLeavesNothingOfRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not root")
	}
	script, err := os.ReadFile(filepath.Join(root(), "scripts/test.sh"))
	if err != nil || !strings.Contains(string(script), "\ntrap give_back EXIT\n") {
		t.Fatal("test.sh gives nothing back", err)
	}
	home := t.TempDir()
	made := []string{".cache/go-build/00", ".cache/staticcheck", ".cargo/registry", ".config/go", "go/pkg/mod/x", ".cache/vlpd/tools/new", "checkout/dist"}
	kept := []string{".cache/vlpd/packaging/root", ".config/other", "documents"}
	for _, folder := range append(made, kept...) {
		if err := os.MkdirAll(filepath.Join(home, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chown(home, somebody, somebody); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", "-euc", `root=$HOME/checkout tools=$VLPD_CACHE/tools; . scripts/lib/install.sh; give_back`)
	c.Dir = root()
	c.Env = append(os.Environ(), "HOME="+home, "VLPD_CACHE="+home+"/.cache/vlpd", "SUDO_UID=65534", "SUDO_GID=65534", "GOCACHE=", "GOMODCACHE=", "GOPATH=", "XDG_CACHE_HOME=")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, folder := range made {
		for up := folder; up != "."; up = filepath.Dir(up) {
			if uid := owner(t, filepath.Join(home, up)); uid != somebody {
				t.Errorf("%s belongs to %d", up, uid)
			}
		}
	}
	for _, folder := range kept {
		if uid := owner(t, filepath.Join(home, folder)); uid != 0 {
			t.Errorf("%s was given to %d", folder, uid)
		}
	}
}

// TestSudoKeepsWhereThingsComeFrom: whoever needs a proxy needs it as root too.
func TestSudoKeepsWhereThingsComeFrom(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("not root")
	}
	folder := t.TempDir()
	script, err := os.ReadFile(filepath.Join(root(), "scripts/test.sh"))
	for name, text := range map[string]string{"scripts/test.sh": string(script), "bin/sudo": "#!/bin/sh\nprintf '%s\\n' \"$@\"\n"} {
		path := filepath.Join(folder, name)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(path), 0o755)
		}
		if err == nil {
			err = os.WriteFile(path, []byte(text), 0o755)
		}
	}
	if err == nil {
		err = os.Chmod(filepath.Dir(folder), 0o755) // the test's own, which is ours alone
	}
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", folder+"/scripts/test.sh")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: somebody, Gid: somebody}}
	c.Dir = folder
	want := []string{"https_proxy=http://proxy:3128", "GOPROXY=http://a b", "VLPD_CACHE=/x", "HOME=/y", "PATH=" + folder + "/bin:" + os.Getenv("PATH")}
	c.Env = append([]string{"SECRET=1"}, want...)
	out, err := c.CombinedOutput()
	for _, line := range append(want, folder+"/scripts/test.sh") {
		if !strings.Contains(string(out), "\n"+line+"\n") {
			t.Errorf("no %s", line)
		}
	}
	if err != nil || strings.Contains(string(out), "SECRET") {
		t.Errorf("%v: %s", err, out)
	}
}

func owner(t *testing.T, path string) int {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Sys().(*syscall.Stat_t).Uid)
}
