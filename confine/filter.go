package confine

import (
	"golang.org/x/sys/unix"
)

// What a filter can say of a call; seccomp(2).
const (
	allow  = uint32(unix.SECCOMP_RET_ALLOW)
	absent = uint32(unix.SECCOMP_RET_ERRNO) | uint32(unix.ENOSYS)
)

// Offsets in struct seccomp_data. Arguments are of 64 bits; all targets of ours
// are little-endian, so their low halves come first.
const (
	dataNr   = 0
	dataArch = 4
	dataArgs = 16
)

// bpf instructions that are needed; linux/bpf_common.h.
const (
	loadWord  = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
	ret       = unix.BPF_RET | unix.BPF_K
	jumpEqual = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
	jumpFrom  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
	jumpBits  = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
)

// span says what becomes of the calls from a number up to the next span's.
type span struct{ from, verdict uint32 }

type program []unix.SockFilter

//go:noinline
func (p *program) add(code uint16, jt, jf uint8, k uint32) {
	*p = append(*p, unix.SockFilter{Code: code, Jt: jt, Jf: jf, K: k})
}

// allowFilter lets pass what is listed. What it looks at closer: threads may be
// made and processes not, and sockets are local ones. The calls without a look at
// their arguments cost nothing from Linux 5.11 on, which remembers them.
func allowFilter() program {
	var p program
	p.native(absent)
	for _, c := range []struct{ nr, test, bits uint32 }{
		{unix.SYS_CLONE, jumpBits, unix.CLONE_THREAD},
		{unix.SYS_SOCKET, jumpEqual, unix.AF_UNIX},
	} {
		p.add(jumpEqual, 0, 4, c.nr)
		p.add(loadWord, 0, 0, dataArgs)
		p.add(uint16(c.test), 0, 1, c.bits)
		p.add(ret, 0, 0, allow)
		p.add(ret, 0, 0, refusal)
	}
	p.search(spans(append(nativeCalls[:], allowed[:]...), allow, refusal, absent))
	return p
}

// denyFilter lets pass what is not listed. A command may be a program for
// another ABI of this processor, which is left alone.
func denyFilter() program {
	var p program
	p.native(allow)
	p.search(spans(denied[:], uint32(unix.SECCOMP_RET_ERRNO)|uint32(unix.EPERM), allow, allow))
	return p
}

// native loads the number of a call of our own ABI; others get foreign.
func (p *program) native(foreign uint32) {
	p.add(loadWord, 0, 0, dataArch)
	p.add(jumpEqual, 1, 0, auditArch)
	p.add(ret, 0, 0, foreign)
	p.add(loadWord, 0, 0, dataNr)
}

// spans puts calls in order: listed ones, others, and those above lastKnown, of
// which ARM has some that are listed.
func spans(calls []uint32, listed, other, unknown uint32) []span {
	all := []span{{0, other}}
	for from := uint32(0); ; {
		next := uint32(1<<32 - 1) // the lowest that is listed, from there on
		for _, nr := range calls {
			if nr >= from && nr < next {
				next = nr
			}
		}
		if from <= lastKnown && next > lastKnown {
			all = begin(all, lastKnown+1, unknown)
		}
		if next == 1<<32-1 {
			return all
		}
		rest := other
		if next >= lastKnown {
			rest = unknown
		}
		from = next + 1
		all = begin(begin(all, next, listed), from, rest)
	}
}

// begin adds a span, in place of an empty one, or to one that says the same.
func begin(all []span, from, verdict uint32) []span {
	if last := len(all) - 1; all[last].from == from {
		all = all[:last]
	}
	if last := len(all) - 1; last >= 0 && all[last].verdict == verdict {
		return all
	}
	return append(all, span{from, verdict})
}

// search finds the number's span in a tree of comparisons. Jumps reach 255
// instructions, and half a tree is shorter.
func (p *program) search(s []span) {
	if len(s) == 1 {
		p.add(ret, 0, 0, s[0].verdict)
		return
	}
	mid := len(s) / 2
	at := len(*p)
	p.add(jumpFrom, 0, 0, s[mid].from)
	p.search(s[:mid])
	(*p)[at].Jt = uint8(len(*p) - at - 1)
	p.search(s[mid:])
}
