package intake

import (
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

func TestUDPPlain(t *testing.T) {
	u := udp(t, UDPConfig{})
	tx := dialUDP(t, u)
	good := frame(4242, 7)
	bad := frame(4242, 8)
	bad[9] ^= 1
	for _, tc := range []struct {
		name     string
		datagram []byte
		want     Reason
	}{
		{"frame", good, Accepted},
		{"empty", nil, Truncated},
		{"short", good[:31], Truncated},
		{"long", append(good[:32:32], 0), Oversize}, // the original takes it
		{"sealed", make([]byte, 60), Oversize},
		{"beyond the slot", make([]byte, 9000), Oversize},
		{"damaged", bad, Decode},
		{"a pid that this machine has not", frame(1<<31-1, 1), Accepted},
	} {
		sendAll(t, tx, tc.datagram)
		recvUDP(t, u, 1)
		var f vlp.Frame
		if got := u.Take(0, &f); got != tc.want || u.batch.Len(0) != len(tc.datagram) {
			t.Errorf("%s: %s, %d bytes; expected %s", tc.name, got.Label(), u.batch.Len(0), tc.want.Label())
		}
		if u.Session(0) || u.Earlier(0) {
			t.Errorf("%s: a plain frame proves a session", tc.name)
		}
		if tc.want == Decode && u.Rejection(0).Fault != vlp.BadCRC {
			t.Errorf("%s: rejected as %+v", tc.name, u.Rejection(0))
		}
		if tc.name == "frame" && (f != vlp.Frame{Timestamp: 5, Nonce: 7, PID: 4242, Payload: 9}) {
			t.Errorf("%+v", f)
		}
	}
	recvUDP(t, u, 0)
}

func TestUDPBatches(t *testing.T) {
	u := udp(t, UDPConfig{})
	tx := dialUDP(t, u)
	for n := range uint64(150) {
		sendAll(t, tx, frame(7, n))
	}
	next := uint64(0)
	for _, want := range []int{64, 64, 22, 0} {
		recvUDP(t, u, want)
		for i := range want {
			var f vlp.Frame
			if r := u.Take(i, &f); r != Accepted || f.Nonce != next {
				t.Fatalf("%s, nonce %d, expected %d", r.Label(), f.Nonce, next)
			}
			next++
		}
	}
}

func TestUDPv6(t *testing.T) {
	one := [16]byte{15: 1}
	probe, err := ListenUDP(UDPConfig{IP: one, Text: "[::1]:0"})
	if errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.EAFNOSUPPORT) {
		t.Skip("LOUD SKIP: no IPv6 here")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	sendAll(t, dialTo(t, unix.AF_INET6, &unix.SockaddrInet6{Port: int(probe.Port()), Addr: one}), frame(7, 1))
	recvUDP(t, probe, 1)
	var f vlp.Frame
	if r := probe.Take(0, &f); r != Accepted {
		t.Errorf("%s", r.Label())
	}
}

func TestUDPBindErrors(t *testing.T) {
	u := udp(t, UDPConfig{})
	if u.Port() == 0 {
		t.Fatal("the port that the kernel chose is not known")
	}
	for _, tc := range []struct {
		c     UDPConfig
		text  string
		errno unix.Errno
	}{
		{UDPConfig{IP: loopback4, V4: true, Port: u.Port(), Text: "127.0.0.1:N"}, "UDP bind 127.0.0.1:N: bind: ", unix.EADDRINUSE},
		{UDPConfig{IP: loopback4, V4: true, Port: u.Port(), Text: "A", Opener: keyed(t, 1)}, "secure UDP bind A: bind: ", unix.EADDRINUSE},
		{UDPConfig{IP: [16]byte{10: 0xff, 11: 0xff, 12: 192, 14: 2, 15: 1}, V4: true, Text: "192.0.2.1:0"}, "UDP bind 192.0.2.1:0: bind: ", unix.EADDRNOTAVAIL},
	} {
		_, err := ListenUDP(tc.c)
		if err == nil || !errors.Is(err, tc.errno) || !strings.HasPrefix(err.Error(), tc.text) {
			t.Errorf("%v, expected %q and %v", err, tc.text, tc.errno)
		}
	}
	if err := u.Close(); err != nil {
		t.Error(err)
	}
	if err := u.Close(); err != nil {
		t.Error("second Close:", err)
	}
}

// What the kernel drops is counted, exactly, with the next datagram.
func TestUDPDrops(t *testing.T) {
	u := udp(t, UDPConfig{RcvBuf: 1}) // the kernel's least
	tx := dialUDP(t, u)
	const sent = 500
	for n := range uint64(sent) {
		sendAll(t, tx, frame(7, n))
	}
	got := drainUDP(t, u)
	if got == 0 || got == sent {
		t.Fatalf("%d of %d received", got, sent)
	}
	sendAll(t, tx, frame(7, sent))
	recvUDP(t, u, 1)
	if u.Drops() != uint64(sent-got) {
		t.Errorf("%d drops counted, %d of %d did not arrive", u.Drops(), sent-got, sent)
	}
	u.lastDrops -= 1 << 31 // the counter of 32 bits runs over
	u.drops = 0
	sendAll(t, tx, frame(7, 1))
	recvUDP(t, u, 1)
	if u.Drops() != 1<<31 {
		t.Errorf("%d drops, expected %d", u.Drops(), uint64(1<<31))
	}
}

func TestUDPQueueLimit(t *testing.T) {
	u := udp(t, UDPConfig{RcvBuf: 100000})
	tx := dialUDP(t, u)
	for n := range uint64(4 * u.QueueLimit()) {
		sendAll(t, tx, frame(7, n))
	}
	if got := drainUDP(t, u); got < u.QueueLimit()/2 || got > 2*u.QueueLimit() {
		t.Errorf("%d datagrams were queued, QueueLimit says %d", got, u.QueueLimit())
	} else {
		t.Logf("%d datagrams were queued, QueueLimit says %d", got, u.QueueLimit())
	}
}

// drainUDP receives all that waits and returns how many that were.
func drainUDP(t *testing.T, u *UDP) (got int) {
	t.Helper()
	for {
		n, err := u.Recv()
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return got
		}
		got += n
	}
}

// The golden frames of varta-watch over a real socket.
func TestUDPGolden(t *testing.T) {
	const key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	u := udp(t, UDPConfig{Opener: openerOf(t, 2, key, key)})
	tx := dialUDP(t, u)
	for _, wire := range []string{
		"112233445566778800000000bcba1b202190b688a08e0a7ac909da44a2023cb7a421fd6428453fd12141c257b6fd638c55fddf5c621020de1327975a",
		"02000000112233445566778800000000efe8fd8c226106641e01fc8fe649f79475e19b4f2093e063987f1c663a5d2f0b73ba429fadc4c494e2723baff86af9cc",
	} {
		b, err := hex.DecodeString(wire)
		if err != nil {
			t.Fatal(err)
		}
		sendAll(t, tx, b)
		recvUDP(t, u, 1)
		var f vlp.Frame
		if r := u.Take(0, &f); r != Accepted || f.PID != 2 || f.Nonce != 1 || f.Timestamp != 1000 {
			t.Errorf("%s, %+v", r.Label(), f)
		}
	}
}
