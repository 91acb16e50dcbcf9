package observer

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/sys/unix"

	"vlpd/intake"
	"vlpd/sink"
	"vlpd/vlp"
)

// udpAgent is a client over UDP; with a key it seals.
type udpAgent struct {
	conn    net.Conn
	key     []byte
	prefix  uint64
	counter uint32
	f       vlp.Frame
}

func newUDPAgent(t *testing.T, r *rig, pid uint32, key []byte) *udpAgent {
	t.Helper()
	c, err := net.Dial("udp", fmt.Sprintf("127.0.0.1:%d", r.o.loop.udp.udp.Port()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return &udpAgent{conn: c, key: key, prefix: uint64(pid), f: vlp.Frame{PID: pid}}
}

// next is the next beat's datagram.
func (a *udpAgent) next(t *testing.T) []byte {
	a.f.Nonce++
	a.f.Timestamp++
	plain := vlp.Append(nil, &a.f)
	if a.key == nil {
		return plain
	}
	aead, err := chacha20poly1305.New(a.key)
	if err != nil {
		t.Fatal(err)
	}
	a.counter++
	nonce := binary.LittleEndian.AppendUint64(nil, a.prefix)
	nonce = binary.LittleEndian.AppendUint32(nonce, a.counter)
	return aead.Seal(nonce, nonce, plain, nil)
}

func (a *udpAgent) send(t *testing.T, datagram []byte) {
	t.Helper()
	if _, err := a.conn.Write(datagram); err != nil {
		t.Fatal(err)
	}
}

func (a *udpAgent) beat(t *testing.T) { a.send(t, a.next(t)) }

// udpRig is an observer whose UDP counters can be read at any time.
func udpRig(t *testing.T, argv ...string) *rig {
	argv = append([]string{"--udp-port", "0", "--udp-bind-addr", "127.0.0.1", "--threshold-ms", "60000", "--export-file", "DIR/log"}, argv...)
	return newRig(t, sink.OS, argv...)
}

// TestPlainUDP: beats over UDP, as many as come; what is too long is refused by
// its name, and a restart is believed after the threshold only.
func TestPlainUDP(t *testing.T) {
	r := udpRig(t, "--i-accept-plaintext-udp")
	r.start()
	a := newUDPAgent(t, r, 4242, nil)
	for range 50 { // the original takes ten of these a second
		a.beat(t)
	}
	first := vlp.Append(nil, &vlp.Frame{PID: 4242, Nonce: 1, Timestamp: 1})
	a.send(t, first)                     // an old frame once more
	a.send(t, append(a.next(t), 0))      // 33 bytes
	a.send(t, []byte("no frame at all")) // short
	a.beat(t)
	eventually(t, "all beats", func() bool { return countKinds(r.rows())["beat"] == 51 })
	r.stop()
	c := &r.o.loop.count.sources[0]
	if c.beats != 51 || c.dropped[intake.Oversize] != 1 || c.dropped[intake.Truncated] != 1 || c.dropped[intake.OutOfOrder] != 1 {
		t.Errorf("counted %+v", c)
	}
	if rows := readLog(r.dir); !strings.Contains(rows, "\tbeat\t4242\t52\tok\t") || !strings.Contains(rows, "\toversize\n") {
		t.Error(rows)
	}
}

// TestSecureUDP: sealed frames of the key count; a copy, a frame of another
// key and a plain one do not, each with its own counter. A fresh session lets
// the nonce fall, and SIGHUP takes the key file's new content.
func TestSecureUDP(t *testing.T) {
	oldKey, newKey := []byte(strings.Repeat("a", 32)), []byte(strings.Repeat("b", 32))
	path := filepath.Join(t.TempDir(), "key")
	write := func(key []byte) {
		if err := os.WriteFile(path, []byte(hex.EncodeToString(key)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(oldKey)
	r := udpRig(t, "--key-file", path)
	r.start()
	a := newUDPAgent(t, r, 77, oldKey)
	a.beat(t)
	second := a.next(t)
	a.send(t, second)
	a.send(t, second)
	newUDPAgent(t, r, 77, newKey).beat(t)
	newUDPAgent(t, r, 77, nil).beat(t)
	a.prefix, a.counter, a.f.Nonce = 1<<40, 0, 0 // it connects again
	a.beat(t)
	eventually(t, "a session", func() bool { return countKinds(r.rows())["session"] == 1 })

	write(newKey)
	r.o.loop.signals.hangup.Store(true)
	r.o.loop.signals.bell.Ring()
	b := newUDPAgent(t, r, 78, newKey)
	eventually(t, "a beat under the new key", func() bool {
		b.beat(t)
		return strings.Contains(readLog(r.dir), "\tbeat\t78\t")
	})
	a.beat(t) // under the key that is gone
	b.beat(t)
	nonce := b.f.Nonce
	eventually(t, "the last beat", func() bool { return strings.Contains(readLog(r.dir), fmt.Sprintf("\tbeat\t78\t%d\t", nonce)) })
	r.stop()
	c := &r.o.loop.count.sources[0]
	if c.dropped[intake.Replayed] != 1 || c.dropped[intake.Undecryptable] < 2 || c.dropped[intake.Truncated] != 1 {
		t.Errorf("counted %+v", c)
	}
	if got := strings.Count(readLog(r.dir), "\tbeat\t77\t"); got != 3 {
		t.Errorf("%d beats of 77, want 3", got)
	}
}

// TestSealedLine: on a line with a key, sealed frames are found among noise and
// count; plain ones and copies do not.
func TestSealedLine(t *testing.T) {
	key := []byte(strings.Repeat("k", 32))
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(hex.EncodeToString(key)), 0o600); err != nil {
		t.Fatal(err)
	}
	master, slave := openPTY(t)
	r := newRig(t, sink.OS, "--serial", "bus="+slave+",key-file="+path, "--threshold-ms", "60000", "--export-file", "DIR/log",
		"--max-beat-rate", "1", "--global-beat-rate", "1", "--global-beat-burst", "1") // which are not for lines
	r.start()
	eventually(t, "the line is up", func() bool { return containsUp(r.dir) })
	a := &udpAgent{key: key, prefix: 5, f: vlp.Frame{PID: 9}}
	write := func(b []byte) {
		if _, err := unix.Write(master, b); err != nil {
			t.Fatal(err)
		}
	}
	sealed := func() []byte { return append([]byte("VA\x82\x3c"), a.next(t)...) }
	first := sealed()
	write([]byte("noise VA\x82 VA\x82\x3c"))
	write(first)
	write(vlp.Append(nil, &vlp.Frame{PID: 9, Nonce: 77}))
	write(first)
	write(sealed()[:30]) // cut off
	write(sealed())
	other := &udpAgent{key: []byte(strings.Repeat("o", 32)), prefix: 5, f: vlp.Frame{PID: 9}}
	write(append([]byte("VA\x82\x3c"), other.next(t)...))
	eventually(t, "a row of what no key opens", func() bool {
		return strings.Contains(readLog(r.dir), "\tdecode\tbus\t-\t-\tundecryptable\n")
	})
	a.f.Status = 9
	write(sealed())
	a.f.Status = 0
	a.prefix, a.counter, a.f.Nonce = 6, 0, 0 // the device starts again
	write(sealed())
	eventually(t, "a session", func() bool { return countKinds(r.rows())["session"] == 1 })
	r.stop()
	c := &r.o.loop.count.sources[0]
	if c.beats != 3 || c.dropped[intake.Replayed] != 1 || c.dropped[intake.Decode] != 1 || c.received() != 5 {
		t.Errorf("counted %+v", c)
	}
	line := r.o.loop.lines.Line(0)
	if n := line.Refused(); n != 3 { // in the noise, cut off, with another key
		t.Errorf("%d heads that no key opens, want 3", n)
	}
	if n := line.Faults()[vlp.BadStatus]; n != 1 {
		t.Errorf("%d frames that opened and have a bad status, want 1", n)
	}
	if seen, skipped := line.Bytes(); skipped == 0 || seen <= skipped {
		t.Errorf("%d bytes, %d of no frame", seen, skipped)
	}
	if n := r.o.loop.table.NonceGaps(0); n != 1 {
		t.Errorf("%d nonces are missing, want that of the frame that was cut off", n)
	}
}
