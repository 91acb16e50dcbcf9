package platform

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// Layout of ancillary data as cmsg(3) draws it: header, padding to a word,
// data, padding to a word. unix.CmsgSpace computes the same, but not at
// compile time.
const (
	wordSize       = unsafe.Sizeof(uintptr(0))
	cmsgData       = (unix.SizeofCmsghdr + wordSize - 1) &^ (wordSize - 1)
	cmsgSpaceUcred = cmsgData + (unix.SizeofUcred+wordSize-1)&^(wordSize-1)
)

// cred is what the kernel says of the process that sent a datagram, and how
// many it had dropped before.
type cred struct {
	pid   int32 // 0: outside our pid namespace
	uid   uint32
	drops uint32 // since the socket was made, if SO_RXQ_OVFL is set
	ok    bool
}

// scanControl reads credentials and drops out of one datagram's ancillary data and
// closes every descriptor that came with it. Kinds that nobody asked for are
// skipped, and a header whose length cannot be right ends the walk, as
// CMSG_NXTHDR does. The address of buf must be aligned to a word.
func scanControl(buf []byte) (c cred) {
	for uintptr(len(buf)) >= cmsgData {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&buf[0]))
		size := uintptr(h.Len)
		if size < cmsgData || size > uintptr(len(buf)) {
			return c
		}
		data := buf[cmsgData:size]
		if h.Level == unix.SOL_SOCKET {
			switch h.Type {
			case unix.SCM_CREDENTIALS:
				c = readCred(data, c)
			case unix.SO_RXQ_OVFL:
				c.drops = readDrops(data)
			case unix.SCM_RIGHTS:
				closeAll(data)
			}
		}
		next := (size + wordSize - 1) &^ (wordSize - 1)
		if next >= uintptr(len(buf)) {
			return c
		}
		buf = buf[next:]
	}
	return c
}

// readCred returns the struct ucred in data, or c if data is too short for it.
func readCred(data []byte, c cred) cred {
	if len(data) < unix.SizeofUcred {
		return c
	}
	u := (*unix.Ucred)(unsafe.Pointer(&data[0]))
	c.pid, c.uid, c.ok = u.Pid, u.Uid, true
	return c
}

// readDrops returns the number that comes with SO_RXQ_OVFL, socket(7): a
// 32-bit counter, sent only where it is not 0.
func readDrops(data []byte) uint32 {
	if len(data) < 4 {
		return 0
	}
	return *(*uint32)(unsafe.Pointer(&data[0]))
}

// closeAll closes the descriptors that a sender put into our table, unix(7)
// SCM_RIGHTS. It is the one place here that can sleep (close may flush a file)
// and is reached only where a socket has SO_PASSCRED off, see controlSize.
func closeAll(data []byte) {
	for ; len(data) >= 4; data = data[4:] {
		unix.Close(int(*(*int32)(unsafe.Pointer(&data[0]))))
	}
}
