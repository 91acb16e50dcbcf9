package intake

import (
	"bytes"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

// TestTakeReasons sends one datagram for each thing that can be wrong with it.
// The verdict on its neighbours must not depend on it.
func TestTakeReasons(t *testing.T) {
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s"})
	u.SetPIDMax(1 << 22)
	tx := dial(t, u.path)
	own := os.Getpid()
	good := frame(own, 7)
	damaged := bytes.Clone(good)
	damaged[16] ^= 1
	for _, tc := range []struct {
		name  string
		bytes []byte
		want  Reason
	}{
		{"good", good, Accepted},
		{"empty", nil, Truncated},
		{"one byte", good[:1], Truncated},
		{"one byte short", good[:31], Truncated},
		{"one byte long", append(bytes.Clone(good), 0), Oversize},
		{"two frames", append(bytes.Clone(good), good...), Oversize},
		{"64 KiB", make([]byte, 65536), Oversize},
		{"garbage", bytes.Repeat([]byte{0xA5}, 32), Decode},
		{"damaged", damaged, Decode},
		{"pid 1", frame(1, 7), Decode},
		{"pid above the limit", frame(1<<22+1, 7), PIDAboveMax},
		{"pid at the limit", frame(1<<22, 7), SpoofedPID},
		{"our parent's pid", frame(os.Getppid()+2, 7), SpoofedPID},
		{"good again", good, Accepted},
	} {
		sendAll(t, tx, good, tc.bytes, good)
		n, err := u.Recv()
		if n != 3 || err != nil {
			t.Fatalf("%s: Recv: %d, %v", tc.name, n, err)
		}
		for i, want := range []Reason{Accepted, tc.want, Accepted} {
			var f vlp.Frame
			if got := u.Take(i, &f); got != want {
				t.Errorf("%s: datagram %d: %s, expected %s", tc.name, i, got.Label(), want.Label())
			} else if got == Accepted && (f.PID != uint32(own) || f.Nonce != 7 || f.Payload != 9) {
				t.Errorf("%s: datagram %d: %+v", tc.name, i, f)
			}
		}
		if u.batch.Len(1) != len(tc.bytes) {
			t.Errorf("%s: length %d, expected %d", tc.name, u.batch.Len(1), len(tc.bytes))
		}
		if u.Unattested(1) || u.PID(1) != uint32(own) || u.UID(1) != uint32(os.Getuid()) {
			t.Errorf("%s: sender pid %d uid %d", tc.name, u.PID(1), u.UID(1))
		}
	}
}

func TestTakeExplainsFaults(t *testing.T) {
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s"})
	tx := dial(t, u.path)
	stall := vlp.Append(nil, &vlp.Frame{PID: uint32(os.Getpid()), Status: vlp.Stall})
	sendAll(t, tx, make([]byte, 32), frame(1, 3), stall)
	if n, err := u.Recv(); n != 3 || err != nil {
		t.Fatalf("Recv: %d, %v", n, err)
	}
	var f vlp.Frame
	for i := range 3 {
		if r := u.Take(i, &f); r != Decode {
			t.Fatalf("datagram %d: %s", i, r.Label())
		}
	}
	// Asked after all were taken: the loop may write its rows later.
	for i, want := range []vlp.Rejection{
		{Fault: vlp.BadMagic},
		{Fault: vlp.BadPID, Value: 1},
		{Fault: vlp.StallOnWire, Value: 3},
	} {
		if got := u.Rejection(i); got != want {
			t.Errorf("datagram %d: %+v, expected %+v", i, got, want)
		}
	}
}

func TestTakeWithoutCredentials(t *testing.T) {
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s"})
	if err := unix.SetsockoptInt(u.FD(), unix.SOL_SOCKET, unix.SO_PASSCRED, 0); err != nil {
		t.Fatal(err)
	}
	sendAll(t, dial(t, u.path), frame(os.Getpid(), 1), make([]byte, 32))
	if n, err := u.Recv(); n != 2 || err != nil {
		t.Fatalf("Recv: %d, %v", n, err)
	}
	var f vlp.Frame
	for i := range 2 {
		if r := u.Take(i, &f); r != NoCredentials {
			t.Errorf("datagram %d: %s, expected no_credentials", i, r.Label())
		}
		if u.Unattested(i) {
			t.Errorf("datagram %d: unattested, although nobody vouches even for its user", i)
		}
	}
}

// TestTakeJudgesInOrder: a datagram that breaks several rules is refused for
// the first.
func TestTakeJudgesInOrder(t *testing.T) {
	needRoot(t)
	u := listen(t, UnixConfig{Path: socketDir(t) + "/s"})
	u.SetPIDMax(1000)
	tx := dial(t, u.path)
	pid := int32(os.Getpid())
	stranger := unix.Ucred{Pid: pid, Uid: nobody, Gid: nobody}
	parent := unix.Ucred{Pid: int32(os.Getppid())} // a live process of another pid
	for _, tc := range []struct {
		name  string
		bytes []byte
		as    unix.Ucred
		want  Reason
	}{
		{"stranger, long", make([]byte, 33), stranger, Oversize},
		{"stranger, short", make([]byte, 31), stranger, Truncated},
		{"stranger, garbage", make([]byte, 32), stranger, ForeignUID},
		{"stranger, perfect frame", frame(int(pid), 1), stranger, ForeignUID},
		{"other process, garbage", make([]byte, 32), parent, Decode},
		{"other process, pid above limit", frame(1001, 1), parent, PIDAboveMax},
		{"other process", frame(999, 1), parent, SpoofedPID},
	} {
		sendAs(t, tx, tc.bytes, tc.as)
		if n, err := u.Recv(); n != 1 || err != nil {
			t.Fatalf("%s: Recv: %d, %v", tc.name, n, err)
		}
		var f vlp.Frame
		if got := u.Take(0, &f); got != tc.want {
			t.Errorf("%s: %s, expected %s", tc.name, got.Label(), tc.want.Label())
		}
		if u.UID(0) != tc.as.Uid || u.PID(0) != uint32(tc.as.Pid) {
			t.Errorf("%s: sender pid %d uid %d, expected %+v", tc.name, u.PID(0), u.UID(0), tc.as)
		}
	}
}

func TestReasonLabels(t *testing.T) {
	seen := map[string]bool{}
	for r := range Reasons {
		if l := r.Label(); l == "" || seen[l] {
			t.Errorf("reason %d has the label %q", r, l)
		} else {
			seen[l] = true
		}
	}
}
