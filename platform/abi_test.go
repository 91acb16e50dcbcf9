package platform

import (
	"testing"

	"golang.org/x/sys/unix"

	amd64 "vlpd/platform/linux_amd64"
	arm "vlpd/platform/linux_arm"
	arm64 "vlpd/platform/linux_arm64"
	riscv64 "vlpd/platform/linux_riscv64"
)

// TestABITables holds every table, not only that of this host, against how C
// lays the structs out: these rules and the compile-time assertions catch
// different slips.
func TestABITables(t *testing.T) {
	type table struct {
		name                                                  string
		word, msghdr, flags, mmsghdr, len, iovec, cred, tspec int
		epoll, recvmmsg                                       int
		packedEpoll                                           bool
		wantRecvmmsg                                          int
	}
	tables := []table{
		{"arm", arm.Word, arm.Msghdr, arm.MsghdrFlags, arm.Mmsghdr, arm.MmsghdrLen, arm.Iovec,
			arm.CmsgSpaceCred, arm.Timespec, arm.EpollEvent, arm.SysRecvmmsg, false, 365},
		{"amd64", amd64.Word, amd64.Msghdr, amd64.MsghdrFlags, amd64.Mmsghdr, amd64.MmsghdrLen, amd64.Iovec,
			amd64.CmsgSpaceCred, amd64.Timespec, amd64.EpollEvent, amd64.SysRecvmmsg, true, 299},
		{"arm64", arm64.Word, arm64.Msghdr, arm64.MsghdrFlags, arm64.Mmsghdr, arm64.MmsghdrLen, arm64.Iovec,
			arm64.CmsgSpaceCred, arm64.Timespec, arm64.EpollEvent, arm64.SysRecvmmsg, false, 243},
		{"riscv64", riscv64.Word, riscv64.Msghdr, riscv64.MsghdrFlags, riscv64.Mmsghdr, riscv64.MmsghdrLen, riscv64.Iovec,
			riscv64.CmsgSpaceCred, riscv64.Timespec, riscv64.EpollEvent, riscv64.SysRecvmmsg, false, 243},
	}
	for _, tb := range tables {
		word := func(n int) int { return (n + tb.word - 1) / tb.word * tb.word }
		same := func(what string, got, want int) {
			t.Helper()
			if got != want {
				t.Errorf("%s: %s is %d, expected %d", tb.name, what, got, want)
			}
		}
		// name, namelen, iov, iovlen, control, controllen, flags: each a word in the end.
		same("Msghdr", tb.msghdr, 7*tb.word)
		same("MsghdrFlags", tb.flags, 6*tb.word)
		same("MmsghdrLen", tb.len, tb.msghdr)
		same("Mmsghdr", tb.mmsghdr, word(tb.msghdr+4))
		same("Iovec", tb.iovec, 2*tb.word)
		same("CmsgSpaceCred", tb.cred, word(tb.word+8)+word(12))
		same("Timespec", tb.tspec, 2*tb.word)
		same("SysRecvmmsg", tb.recvmmsg, tb.wantRecvmmsg)
		if tb.packedEpoll {
			same("EpollEvent", tb.epoll, 12)
		} else {
			same("EpollEvent", tb.epoll, 16)
		}
	}
}

func TestCmsgSpaceIsThatOfTheLibrary(t *testing.T) {
	if got, want := int(cmsgSpaceUcred), unix.CmsgSpace(unix.SizeofUcred); got != want {
		t.Errorf("cmsgSpaceUcred is %d, unix.CmsgSpace says %d", got, want)
	}
}
