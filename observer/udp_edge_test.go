package observer

import (
	"encoding/binary"
	"os"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/sys/unix"

	"vlpd/config"
	"vlpd/secure"
	"vlpd/sink"
	"vlpd/vlp"
	"vlpd/watch"
)

const threshold = "--threshold-ms"

// keyFile holds a key of as many equal digits.
func keyFile(t *testing.T, dir, digit string) string {
	t.Helper()
	path := dir + "/key"
	if err := os.WriteFile(path, []byte(strings.Repeat(digit, 64)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// An empty key file opens nothing: not even what --i-accept-plaintext-udp
// would open without it.
func TestEmptyKeyFileStaysClosed(t *testing.T) {
	path := t.TempDir() + "/keys"
	if err := os.WriteFile(path, []byte("# none yet\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Parse([]string{"--udp-port", "0", threshold, "500", "--accepted-key-file", path, "--i-accept-plaintext-udp",
		"--recovery-exec", "/bin/true", "--secure-udp-i-accept-recovery-on-unauthenticated-transport"})
	if err != nil {
		t.Fatal(err)
	}
	o, err := build(&c, Release{}, quietDiag(t), sink.OS)
	defer o.close()
	if err == nil || !strings.Contains(err.Error(), "no AEAD keys") {
		t.Errorf("error %v; want that there are no keys", err)
	}
}

// A SIGHUP while the keys are being read has them read again: they may have
// changed since.
func TestKeysAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, sink.OS, "--udp-port", "0", threshold, "500", "--key-file", keyFile(t, dir, "1"))
	u := r.o.loop.keyrings[0]
	load, turn := u.load, make(chan struct{})
	loads := 0
	u.load = func() (*secure.Keys, error) {
		loads++
		<-turn
		return load()
	}
	hup := func() { r.o.loop.signals.hangup.Store(true); r.o.loop.finished() }
	hup()
	hup()
	hup()
	turn <- struct{}{}
	eventually(t, "the first keys", func() bool { u.take(r.o.diag, func() {}); return !u.again })
	turn <- struct{}{}
	eventually(t, "the second", func() bool { u.take(r.o.diag, func() {}); return !u.busy })
	if loads != 2 {
		t.Errorf("read %d times; want 2", loads)
	}
	r.o.close()
}

// The first frame of a session may be one that the decoder refuses, such as
// the status stall that the original's Rust client sends; the session counts.
func TestRefusedFrameBeginsSession(t *testing.T) {
	dir := t.TempDir()
	r := newRig(t, sink.OS, "--udp-port", "0", threshold, "60000", "--key-file", keyFile(t, dir, "1"))
	defer r.o.close()
	l := r.o.loop
	out := udpTo(t, l.udp.udp.Port())
	send := func(prefix uint64, ctr uint32, nonce uint64, status vlp.Status) {
		plain := vlp.Append(nil, &vlp.Frame{PID: 7, Nonce: nonce, Status: status})
		out(seal(t, prefix, ctr, plain))
		l.udp.pending = true
		l.receiveUDP(1)
	}
	send(1, 1, 500, vlp.OK)
	send(2, 1, 1, vlp.Stall)
	send(2, 2, 2, vlp.OK)
	if a, ok := l.table.Find(l.udp.source, 7); !ok || a.Nonce() != 2 || a.Restarts() != 1 {
		t.Errorf("agent %+v, %v; want nonce 2 of a second session", a, ok)
	}
}

// An agent that the table did not let in leaves nothing behind.
func TestStrangersAreForgotten(t *testing.T) {
	r := newRig(t, sink.OS, "--socket", "DIR/s", "--socket", "DIR/t", threshold, "60000",
		"--global-beat-rate", "1", "--global-beat-burst", "1")
	defer r.o.close()
	l := r.o.loop
	for i := range l.sockets {
		newSender(t, r.o.c.Sockets[i]).beat(t)
		l.take(&l.sockets[i], 1)
	}
	if n := l.processes.Open(); l.table.Len() != 1 || n != 1 {
		t.Errorf("%d agents, %d processes; want 1 and 1", l.table.Len(), n)
	}
	if v := l.table.Admit(l.now); v != watch.AllTooFast {
		t.Errorf("verdict %d: the limit was not reached", v)
	}
}

func seal(t *testing.T, prefix uint64, ctr uint32, plain []byte) []byte {
	t.Helper()
	key := make([]byte, 32)
	for i := range key {
		key[i] = 0x11
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		t.Fatal(err)
	}
	nonce := binary.LittleEndian.AppendUint64(nil, prefix)
	nonce = binary.LittleEndian.AppendUint32(nonce, ctr)
	return aead.Seal(nonce, nonce, plain, nil)
}

// udpTo returns what sends to a port of this machine.
func udpTo(t *testing.T, port uint16) func([]byte) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	to := &unix.SockaddrInet4{Port: int(port), Addr: [4]byte{127, 0, 0, 1}}
	return func(b []byte) {
		if err := unix.Sendto(fd, b, 0, to); err != nil {
			t.Fatal(err)
		}
	}
}
