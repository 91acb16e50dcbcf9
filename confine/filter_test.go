package confine

import (
	"encoding/binary"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// judge runs p as the kernel does; filters are small enough for a machine of
// the six instructions that they are made of.
func judge(t *testing.T, p program, arch, nr uint32, arg0 uint64) uint32 {
	t.Helper()
	data := binary.LittleEndian.AppendUint32(nil, nr)
	data = binary.LittleEndian.AppendUint32(data, arch)
	data = binary.LittleEndian.AppendUint64(data, 0)
	data = binary.LittleEndian.AppendUint64(data, arg0)
	var a uint32
	for pc, steps := 0, 0; pc < len(p); pc, steps = pc+1, steps+1 {
		i, jump := p[pc], false
		switch i.Code {
		case loadWord:
			a = binary.LittleEndian.Uint32(data[i.K:])
			continue
		case ret:
			return i.K
		case jumpEqual:
			jump = a == i.K
		case jumpFrom:
			jump = a >= i.K
		case jumpBits:
			jump = a&i.K != 0
		default:
			t.Fatalf("instruction %d: %+v", pc, i)
		}
		if jump {
			pc += int(i.Jt)
		} else {
			pc += int(i.Jf)
		}
	}
	t.Fatal("the program runs out")
	return 0
}

const eperm = uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.EPERM)

func TestAllowFilter(t *testing.T) {
	p := allowFilter()
	t.Logf("%d instructions", len(p))
	listed := append(nativeCalls[:], allowed[:]...)
	for nr := range uint32(1000) {
		if nr == unix.SYS_CLONE || nr == unix.SYS_SOCKET {
			continue
		}
		want := refusal
		switch {
		case slices.Contains(listed, nr):
			want = allow
		case nr > lastKnown:
			want = absent
		}
		if got := judge(t, p, auditArch, nr, 0); got != want {
			t.Errorf("call %d: %x, want %x", nr, got, want)
		}
	}
	for _, nr := range nativeCalls {
		if got := judge(t, p, auditArch, nr, 0); got != allow {
			t.Errorf("call %#x: %x", nr, got)
		}
	}
	for _, c := range []struct {
		nr   uint32
		arg  uint64
		want uint32
	}{
		{unix.SYS_CLONE, unix.CLONE_VM | unix.CLONE_THREAD, allow}, {unix.SYS_CLONE, uint64(unix.SIGCHLD), refusal},
		{unix.SYS_SOCKET, unix.AF_UNIX, allow}, {unix.SYS_SOCKET, unix.AF_INET, refusal}, {unix.SYS_SOCKET, unix.AF_NETLINK, refusal},
	} {
		if got := judge(t, p, auditArch, c.nr, c.arg); got != c.want {
			t.Errorf("call %d with %#x: %x, want %x", c.nr, c.arg, got, c.want)
		}
	}
	for _, arch := range []uint32{auditArch ^ 1, 0} {
		if got := judge(t, p, arch, unix.SYS_READ, 0); got != absent {
			t.Errorf("arch %x: %x", arch, got)
		}
	}
	if got := judge(t, p, auditArch, 0x40000000|unix.SYS_READ, 0); got != absent { // x32
		t.Errorf("x32: %x", got)
	}
}

func TestDenyFilter(t *testing.T) {
	p := denyFilter()
	for nr := range uint32(1000) {
		want := allow
		if slices.Contains(denied[:], nr) {
			want = eperm
		}
		if got := judge(t, p, auditArch, nr, 0); got != want {
			t.Errorf("call %d: %x, want %x", nr, got, want)
		}
	}
	if got := judge(t, p, 0, unix.SYS_PTRACE, 0); got != allow {
		t.Errorf("another ABI: %x", got)
	}
}

// A jump that does not reach would be cut to 8 bits.
func TestJumpsReach(t *testing.T) {
	var s []span
	for i := range uint32(250) {
		s = append(s, span{i * 2, i})
	}
	var p program
	p.add(loadWord, 0, 0, dataNr)
	p.search(s)
	for nr := range uint32(600) {
		if got := judge(t, p, 0, nr, 0); got != min(nr/2, 249) {
			t.Fatalf("%d: %d", nr, got)
		}
	}
}

func TestSpansMeet(t *testing.T) {
	got := spans([]uint32{3, 1, 2, lastKnown, 7, 7}, 1, 2, 3)
	want := []span{{0, 2}, {1, 1}, {4, 2}, {7, 1}, {8, 2}, {lastKnown, 1}, {lastKnown + 1, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	got = spans([]uint32{0xf0002, 0xf0005}, 1, 2, 3)
	want = []span{{0, 2}, {lastKnown + 1, 3}, {0xf0002, 1}, {0xf0003, 3}, {0xf0005, 1}, {0xf0006, 3}}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got = spans(nil, 1, 2, 3); !slices.Equal(got, []span{{0, 2}, {lastKnown + 1, 3}}) {
		t.Errorf("none: %v", got)
	}
}
