package platform

import (
	"encoding/binary"
	"testing"

	"golang.org/x/sys/unix"
)

func TestScanControlReadsDrops(t *testing.T) {
	creds := cmsg(unix.SOL_SOCKET, unix.SCM_CREDENTIALS, ucred(42, 1000), 0)
	drops := cmsg(unix.SOL_SOCKET, unix.SO_RXQ_OVFL, binary.NativeEndian.AppendUint32(nil, 77), 0)
	short := cmsg(unix.SOL_SOCKET, unix.SO_RXQ_OVFL, []byte{1, 2, 3}, 0)
	other := cmsg(unix.SOL_IP, unix.SO_RXQ_OVFL, binary.NativeEndian.AppendUint32(nil, 77), 0)
	for _, tc := range []struct {
		name string
		buf  []byte
		want cred
	}{
		{"drops", aligned(drops), cred{drops: 77}},
		{"drops, then credentials", aligned(drops, creds), cred{pid: 42, uid: 1000, drops: 77, ok: true}},
		{"credentials, then drops", aligned(creds, drops), cred{pid: 42, uid: 1000, drops: 77, ok: true}},
		{"too short", aligned(short), cred{}},
		{"same number at another level", aligned(other), cred{}},
	} {
		if got := scanControl(tc.buf); got != tc.want {
			t.Errorf("%s: got %+v, expected %+v", tc.name, got, tc.want)
		}
	}
}

// What a slot offers for ancillary data is made for credentials; the count
// must fit too.
func TestDropsFit(t *testing.T) {
	if need := unix.CmsgSpace(4); need > controlSize {
		t.Errorf("drops need %d bytes, a slot has %d", need, controlSize)
	}
}
