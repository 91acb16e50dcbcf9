package platform

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// cmsg builds one ancillary message with the given declared length; length 0
// means the true one.
func cmsg(level, typ int32, data []byte, length int) []byte {
	buf := make([]byte, unix.CmsgSpace(len(data)))
	h := (*unix.Cmsghdr)(unsafe.Pointer(&buf[0]))
	h.Level, h.Type = level, typ
	if length == 0 {
		length = unix.CmsgLen(len(data))
	}
	h.SetLen(length)
	copy(buf[unix.CmsgLen(0):], data)
	return buf
}

func ucred(pid int32, uid uint32) []byte {
	u := unix.Ucred{Pid: pid, Uid: uid, Gid: 7}
	return append([]byte(nil), (*[unix.SizeofUcred]byte)(unsafe.Pointer(&u))[:]...)
}

// aligned copies the parts to an address aligned to a word, followed by bytes
// that a walk past the end would take for credentials.
func aligned(parts ...[]byte) []byte {
	words := make([]uint64, 64)
	buf := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 512)
	n := 0
	for _, p := range parts {
		n += copy(buf[n:], p)
	}
	copy(buf[n:], cmsg(unix.SOL_SOCKET, unix.SCM_CREDENTIALS, ucred(666, 666), 0))
	return buf[:n]
}

func TestScanControl(t *testing.T) {
	creds := cmsg(unix.SOL_SOCKET, unix.SCM_CREDENTIALS, ucred(42, 1000), 0)
	label := cmsg(unix.SOL_SOCKET, 3 /* SCM_SECURITY */, []byte("system_u:system_r:init_t:s0"), 0)
	other := cmsg(unix.SOL_IP, unix.SCM_CREDENTIALS, ucred(1, 2), 0)
	withLen := func(n int) []byte {
		return cmsg(unix.SOL_SOCKET, unix.SCM_CREDENTIALS, ucred(42, 1000), n)
	}
	full := unix.CmsgLen(unix.SizeofUcred)
	good := cred{pid: 42, uid: 1000, ok: true}
	for _, tc := range []struct {
		name string
		buf  []byte
		want cred
	}{
		{"nothing", aligned(), cred{}},
		{"credentials", aligned(creds), good},
		{"after a security label", aligned(label, creds), good},
		{"before a security label", aligned(creds, label), good},
		{"same number at another level", aligned(other), cred{}},
		{"other level first", aligned(other, creds), good},
		{"no padding at the end", aligned(creds[:full]), good},
		{"header cut", aligned(creds[:unix.SizeofCmsghdr-1]), cred{}},
		{"header only", aligned(withLen(unix.CmsgLen(0))), cred{}},
		{"data one byte short", aligned(withLen(full - 1)), cred{}},
		{"length longer than what came", aligned(creds[:full-4]), cred{}},
		{"length 1", aligned(withLen(1), creds), cred{}},
		{"length just under a header", aligned(withLen(unix.CmsgLen(0)-1), creds), cred{}},
		{"length with every bit", aligned(withLen(-1), creds), cred{}},
	} {
		if got := scanControl(tc.buf); got != tc.want {
			t.Errorf("%s: got %+v, expected %+v", tc.name, got, tc.want)
		}
	}
}

// FuzzScanControl looks for a walk that leaves the buffer or does not end.
// Types are folded so that no descriptor of this process gets closed.
func FuzzScanControl(f *testing.F) {
	f.Add(cmsg(unix.SOL_SOCKET, unix.SCM_CREDENTIALS, ucred(42, 1000), 0))
	f.Add(append(cmsg(unix.SOL_SOCKET, 3, []byte("label"), 0), cmsg(1, 2, ucred(1, 1), -1)...))
	f.Fuzz(func(t *testing.T, raw []byte) {
		buf := aligned(raw[:min(len(raw), 256)])
		for i := 0; i+4 <= len(buf); i += 4 {
			typ := (*int32)(unsafe.Pointer(&buf[i]))
			if *typ == unix.SCM_RIGHTS {
				*typ = unix.SCM_CREDENTIALS
			}
		}
		if c := scanControl(buf); c.ok && c.pid == 666 && c.uid == 666 {
			t.Fatalf("credentials from beyond the buffer: % x", buf)
		}
	})
}
