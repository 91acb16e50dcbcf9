package intake

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/sys/unix"

	"vlpd/secure"
)

var loopback4 = [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}

// udp listens on loopback, on a port that the kernel chooses.
func udp(t testing.TB, c UDPConfig) *UDP {
	t.Helper()
	if c.IP == ([16]byte{}) {
		c.IP, c.V4, c.Text = loopback4, true, "127.0.0.1:0"
	}
	u, err := ListenUDP(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { u.Close() })
	return u
}

// dialUDP returns a sender connected to u over IPv4.
func dialUDP(t testing.TB, u *UDP) int {
	t.Helper()
	return dialTo(t, unix.AF_INET, &unix.SockaddrInet4{Port: int(u.Port()), Addr: [4]byte{127, 0, 0, 1}})
}

func dialTo(t testing.TB, family int, to unix.Sockaddr) int {
	t.Helper()
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	if err := unix.Connect(fd, to); err != nil {
		t.Fatal(err)
	}
	return fd
}

// recvUDP receives a batch of want datagrams.
func recvUDP(t testing.TB, u *UDP, want int) {
	t.Helper()
	n, err := u.Recv()
	if n != want || err != nil {
		t.Fatalf("Recv: %d, %v; expected %d", n, err, want)
	}
}

// keyed has a shared key of 1s and a master key of 9s.
func keyed(t testing.TB, senders int) *secure.Opener {
	t.Helper()
	return openerOf(t, senders, strings.Repeat("01", 32), strings.Repeat("09", 32))
}

func openerOf(t testing.TB, senders int, shared, master string) *secure.Opener {
	t.Helper()
	file := func(digits string) string {
		path := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(path, []byte(digits+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	k, err := secure.Load(secure.Files{Primary: file(shared), Master: file(master)})
	if err != nil {
		t.Fatal(err)
	}
	return secure.NewOpener(k, secure.Config{Senders: senders})
}

// sealed seals a plain frame under the shared key of as many equal bytes.
func sealed(fill byte, prefix uint64, ctr uint32, plain []byte) []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = fill
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		panic(err)
	}
	nonce := binary.LittleEndian.AppendUint64(nil, prefix)
	nonce = binary.LittleEndian.AppendUint32(nonce, ctr)
	return aead.Seal(nonce, nonce, plain, nil)
}
