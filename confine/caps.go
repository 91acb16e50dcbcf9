package confine

import (
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// Caps is a set of capabilities: bit n is number n of linux/capability.h.
type Caps uint64

// What start-up itself needs beside what is kept.
const (
	Files  = Caps(1) << unix.CAP_DAC_OVERRIDE     // the files of other users
	Ports  = Caps(1) << unix.CAP_NET_BIND_SERVICE // below 1024
	Net    = Caps(1) << unix.CAP_NET_ADMIN        // SO_RCVBUFFORCE
	Filter = Caps(1) << unix.CAP_SYS_ADMIN        // seccomp(2) without no_new_privs

	// Switch is what Become needs, and to give files away before.
	Switch = Caps(1)<<unix.CAP_CHOWN | Caps(1)<<unix.CAP_SETGID | Caps(1)<<unix.CAP_SETUID
)

// capNames are capabilities(7) by number, without CAP_.
const capNames = "chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable " +
	"net_bind_service net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot " +
	"sys_ptrace sys_pacct sys_admin sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease " +
	"audit_write audit_control setfcap mac_override mac_admin syslog wake_alarm block_suspend audit_read " +
	"perfmon bpf checkpoint_restore"

// ParseCaps reads none, or names with commas between them, as capsh(1) and
// systemd write them: kill,sys_boot or CAP_KILL,CAP_SYS_BOOT.
func ParseCaps(list string) (Caps, error) {
	if list == "none" {
		return 0, nil
	}
	var set Caps
	for _, word := range lean.Split(list, ',') {
		name := strings.TrimPrefix(lower(word), "cap_")
		n := 0
		for _, known := range lean.Split(capNames, ' ') {
			if known == name {
				break
			}
			n++
		}
		if n > unix.CAP_LAST_CAP {
			return 0, lean.New("unknown capability " + lean.Quote(word) + " (expected none, or names of capabilities(7) like kill,sys_boot)")
		}
		set |= 1 << n
	}
	return set, nil
}

// lower is for ASCII.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// String names the set as ParseCaps reads it.
func (c Caps) String() string {
	if c == 0 {
		return "none"
	}
	var text []byte
	for n, name := range lean.Split(capNames, ' ') {
		if c>>n&1 != 0 {
			if text != nil {
				text = append(text, ',')
			}
			text = lean.Add(text, name)
		}
	}
	return string(text)
}

// capSets is what capset(2) takes, version 3: the low halves, then the high.
type capSets [2]struct{ effective, permitted, inheritable uint32 }

func sets(effective, permitted Caps) *capSets {
	c := new(capSets)
	for i := range c {
		c[i].effective, c[i].permitted = uint32(effective>>(32*i)), uint32(permitted>>(32*i))
	}
	return c
}

// capHeader means whoever calls.
func capHeader() *unix.CapUserHeader {
	return &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
}

// have are the capabilities that this thread may put in effect.
func have() (Caps, error) {
	head, c := capHeader(), new(capSets)
	_, _, e := unix.Syscall(unix.SYS_CAPGET, uintptr(unsafe.Pointer(head)), uintptr(unsafe.Pointer(c)), 0)
	if e != 0 {
		return 0, lean.SyscallError("capget", e)
	}
	return Caps(c[0].permitted) | Caps(c[1].permitted)<<32, nil
}

// MayGive asks whether this kernel can hand capabilities to a program of
// another user than root: the ambient set of prctl(2), Linux 4.3.
func MayGive() error {
	return lean.SyscallError("prctl PR_CAP_AMBIENT", unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_IS_SET, unix.CAP_CHOWN, 0, 0))
}
