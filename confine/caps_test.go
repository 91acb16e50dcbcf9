package confine

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseCaps(t *testing.T) {
	for list, want := range map[string]Caps{
		"none": 0, "chown": 1, "kill": 1 << unix.CAP_KILL, "kill,sys_boot": 1<<unix.CAP_KILL | 1<<unix.CAP_SYS_BOOT,
		"CAP_KILL": 1 << unix.CAP_KILL, "Cap_Sys_Boot,kill,kill": 1<<unix.CAP_KILL | 1<<unix.CAP_SYS_BOOT,
		"checkpoint_restore": 1 << unix.CAP_CHECKPOINT_RESTORE, "dac_override": Files, "net_admin": Net,
		"net_bind_service": Ports, "sys_admin": Filter, "bpf": 1 << unix.CAP_BPF,
	} {
		got, err := ParseCaps(list)
		if got != want || err != nil {
			t.Errorf("%s: %x, %v, want %x", list, uint64(got), err, uint64(want))
		}
	}
	for _, list := range []string{"", "kil", "kill,", "none,kill", "all", "kill sys_boot", "41", "cap_"} {
		if got, err := ParseCaps(list); err == nil || !strings.Contains(err.Error(), "unknown capability ") {
			t.Errorf("%q: %x, %v", list, uint64(got), err)
		}
	}
}

func TestCapsString(t *testing.T) {
	for _, list := range []string{"none", "kill", "chown,kill,sys_boot,checkpoint_restore"} {
		c, err := ParseCaps(list)
		if err != nil || c.String() != list {
			t.Errorf("%s: %s, %v", list, c, err)
		}
	}
}

// The halves are where capset(2) looks for them.
func TestSets(t *testing.T) {
	c := sets(1<<5, 1<<5|1<<40)
	if c[0].effective != 1<<5 || c[0].permitted != 1<<5 || c[1].permitted != 1<<8 || c[1].effective != 0 || c[0].inheritable != 0 {
		t.Errorf("%+v", *c)
	}
}
