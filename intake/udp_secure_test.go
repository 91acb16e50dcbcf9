package intake

import (
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/vlp"
)

func TestUDPSecure(t *testing.T) {
	u := udp(t, UDPConfig{Opener: keyed(t, 1)})
	tx := dialUDP(t, u)
	damaged := frame(7, 9)
	damaged[9] ^= 1
	one := func(ctr uint32, plain []byte) []byte { return sealed(1, 5, ctr, plain) }
	tampered := one(100, frame(7, 1))
	tampered[59] ^= 1
	for _, tc := range []struct {
		name             string
		datagram         []byte
		want             Reason
		session, earlier bool
	}{
		{"empty", nil, Truncated, false, false},
		{"plain", frame(7, 1), Truncated, false, false},
		{"59 bytes", make([]byte, 59), Truncated, false, false},
		{"60 bytes of nothing", make([]byte, 60), Undecryptable, false, false},
		{"61 bytes", make([]byte, 61), Truncated, false, false},
		{"63 bytes", make([]byte, 63), Truncated, false, false},
		{"64 bytes of nothing", make([]byte, 64), Undecryptable, false, false},
		{"65 bytes", make([]byte, 65), Oversize, false, false},
		{"5000 bytes", make([]byte, 5000), Oversize, false, false},
		{"tampered", tampered, Undecryptable, false, false},
		{"other key", sealed(2, 5, 1, frame(7, 1)), Undecryptable, false, false},
		{"first", one(0, frame(7, 1)), Accepted, true, false},
		{"second", one(1, frame(7, 2)), Accepted, false, false},
		{"second again", one(1, frame(7, 2)), Replayed, false, false},
		{"first again", one(0, frame(7, 1)), Replayed, false, false},
		{"damaged before it was sealed", one(3, damaged), Decode, false, false},
		{"that again", one(3, damaged), Replayed, false, false},
		{"another session", sealed(1, 6, 1, frame(7, 1)), Accepted, true, false},
		{"one held back", one(4, frame(7, 3)), Accepted, false, true},
		{"another agent, no room", sealed(1, 5, 1, frame(8, 1)), SenderTable, false, false},
	} {
		sendAll(t, tx, tc.datagram)
		recvUDP(t, u, 1)
		u.Opener().Tick(1)
		var f vlp.Frame
		for range 2 { // a second look is no replay
			if got := u.Take(0, &f); got != tc.want {
				t.Errorf("%s: %s, expected %s", tc.name, got.Label(), tc.want.Label())
			}
		}
		if tc.want == Accepted && (u.Session(0) != tc.session || u.Earlier(0) != tc.earlier) {
			t.Errorf("%s: session %v, earlier %v", tc.name, u.Session(0), u.Earlier(0))
		}
		if tc.want == Decode && (u.Rejection(0).Fault != vlp.BadCRC || u.Rejection(0).Stored == u.Rejection(0).Computed) {
			t.Errorf("%s: rejected as %+v", tc.name, u.Rejection(0))
		}
	}
}

// The same batch is judged in any order, each datagram by itself.
func TestUDPSecureBatch(t *testing.T) {
	u := udp(t, UDPConfig{Opener: keyed(t, 8)})
	tx := dialUDP(t, u)
	for pid := range 4 {
		sendAll(t, tx, sealed(1, uint64(pid), 1, frame(10+pid, uint64(pid))))
	}
	recvUDP(t, u, 4)
	for _, i := range []int{2, 0, 3, 1} {
		var f vlp.Frame
		if r := u.Take(i, &f); r != Accepted || f.PID != uint32(10+i) || !u.Session(i) {
			t.Errorf("datagram %d: %s, %+v, session %v", i, r.Label(), f, u.Session(i))
		}
	}
	var f vlp.Frame
	if r := u.Take(2, &f); r != Accepted || f.PID != 12 {
		t.Errorf("asked again: %s, pid %d", r.Label(), f.PID)
	}
}

func TestUDPAllocatesNothing(t *testing.T) {
	plain, sec := udp(t, UDPConfig{}), udp(t, UDPConfig{Opener: keyed(t, 8)})
	toPlain, toSec := dialUDP(t, plain), dialUDP(t, sec)
	const turns = 300
	var frames [][]byte
	for n := range uint32(turns + 10) {
		frames = append(frames, sealed(1, 1, n, frame(7, uint64(n))))
	}
	good, junk := frame(7, 1), make([]byte, 60)
	next := 0
	var counts [Reasons]int
	turn := func(u *UDP, tx int, datagrams ...[]byte) {
		for _, d := range datagrams {
			if err := unix.Sendto(tx, d, unix.MSG_DONTWAIT, nil); err != nil {
				panic(err)
			}
		}
		for got := 0; got < len(datagrams); {
			n, err := u.Recv()
			if err != nil || n == 0 {
				panic("Recv")
			}
			for i := range n {
				var f vlp.Frame
				counts[u.Take(i, &f)]++
			}
			got += n
		}
	}
	batch := make([][]byte, 3)
	if a := testing.AllocsPerRun(turns, func() {
		batch[0], batch[1], batch[2] = good, junk, good[:9]
		turn(plain, toPlain, batch...)
		batch[0], batch[1], batch[2] = frames[next], junk, frames[next]
		turn(sec, toSec, batch...)
		next++
	}); a != 0 {
		t.Errorf("%v allocations a turn", a)
	}
	n := turns + 1
	if counts[Accepted] != 2*n || counts[Replayed] != n || counts[Undecryptable] != n || counts[Oversize] != n || counts[Truncated] != n {
		t.Errorf("counts %v of %d turns", counts, n)
	}
}
