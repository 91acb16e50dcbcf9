package client

import (
	"bytes"
	"encoding/hex"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vlpd/secure"
	"vlpd/vlp"
)

// opener is the observer's side: it reads its keys from files, as vlpd does.
func opener(t testing.TB, key, master Key) *secure.Opener {
	t.Helper()
	dir := t.TempDir()
	files := secure.Files{Primary: filepath.Join(dir, "key"), Master: filepath.Join(dir, "master")}
	for path, k := range map[string]Key{files.Primary: key, files.Master: master} {
		if err := os.WriteFile(path, []byte(hex.EncodeToString(k[:])), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := secure.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return secure.NewOpener(keys, secure.Config{Senders: 4, FilterBytes: 4096})
}

// sealedWriter is a client whose frames a scanner finds in a stream.
func sealedWriter(t testing.TB, id uint32, options ...Option) (*Client, *serial) {
	t.Helper()
	s := &serial{take: -1}
	c, err := NewWriter(s, id, options...)
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

// open has the observer's scanner and opener look at what is in the stream.
func open(t testing.TB, o *secure.Opener, stream []byte) (frames []vlp.Frame, sessions []secure.Session) {
	t.Helper()
	s := vlp.NewSealedScanner()
	s.Wrote(copy(s.Space(), stream))
	for b := s.Next(); b != nil; b = s.Next() {
		var plain [vlp.Size]byte
		var f vlp.Frame
		v, session := o.Open(b, &plain)
		if v != secure.Opened {
			t.Fatalf("%x: verdict %d", b, v)
		}
		s.Accept()
		if ft := vlp.Decode(&plain, &f); ft != vlp.None {
			t.Fatalf("%x: %s", plain, ft.Label())
		}
		frames, sessions = append(frames, f), append(sessions, session)
	}
	return frames, sessions
}

func TestSealedStream(t *testing.T) {
	key, master := fill(1), fill(9)
	derived, err := DeriveKey(master, 7)
	if err != nil {
		t.Fatal(err)
	}
	for name, option := range map[string]Option{"shared": WithKey(key), "master": WithMasterKey(master), "derived": WithDerivedKey(derived)} {
		c, s := sealedWriter(t, 7, option)
		o := opener(t, key, master)
		for range 3 {
			want(t, c.Beat(Degraded, 5), Sent, nil)
		}
		size := leadSize + masterSize
		if name == "shared" {
			size = leadSize + sharedSize
		}
		if s.Len() != 3*size {
			t.Errorf("%s: %d bytes, want %d", name, s.Len(), 3*size)
		}
		frames, sessions := open(t, o, append([]byte("VA noise"), s.Bytes()...))
		for i, f := range frames {
			if f.Nonce != uint64(i)+1 || f.PID != 7 || f.Status != Degraded || f.Payload != 5 || (sessions[i] == secure.Fresh) != (i == 0) {
				t.Errorf("%s: %+v, session %d", name, f, sessions[i])
			}
		}
		if len(frames) != 3 {
			t.Errorf("%s: %d frames", name, len(frames))
		}
	}
}

// One option given to two clients is two sessions, and no salt is ever equal.
func TestSessionsDiffer(t *testing.T) {
	option := WithKey(fill(1))
	seen := map[string]bool{}
	for range 8 {
		c, s := sealedWriter(t, 7, option)
		c.Beat(OK, 0)
		seen[string(s.Bytes()[leadSize:leadSize+prefixSize])] = true
	}
	if len(seen) != 8 {
		t.Errorf("eight clients have %d prefixes", len(seen))
	}
}

// The counter runs out, then the prefixes of a salt: no nonce comes twice.
func TestSealWraps(t *testing.T) {
	c, s := sealedWriter(t, 7, WithKey(fill(1)))
	o := opener(t, fill(1), fill(9))
	salts := byte(0)
	c.seal.source = func(b []byte) (int, error) {
		salts++
		for i := range b {
			b[i] = salts
		}
		return len(b), nil
	}
	seen := map[string]bool{}
	for _, w := range []struct {
		index, ctr         uint32
		nextIndex, nextCtr uint32
		salts              byte
	}{
		{0, 0, 0, 1, 0}, {0, math.MaxUint32 - 1, 0, math.MaxUint32, 0}, {0, math.MaxUint32, 1, 1, 0},
		{1, math.MaxUint32, 2, 1, 0}, {math.MaxUint32, math.MaxUint32, 0, 1, 1},
	} {
		c.seal.index, c.seal.ctr = w.index, w.ctr
		s.Reset()
		want(t, c.Beat(OK, 0), Sent, nil)
		if c.seal.index != w.nextIndex || c.seal.ctr != w.nextCtr || salts != w.salts {
			t.Errorf("%+v: index %d, counter %d, %d salts", w, c.seal.index, c.seal.ctr, salts)
		}
		nonce := string(s.Bytes()[leadSize : leadSize+nonceSize])
		if seen[nonce] {
			t.Errorf("%+v: nonce %x comes twice", w, nonce)
		}
		seen[nonce] = true
		if frames, _ := open(t, o, s.Bytes()); len(frames) != 1 {
			t.Errorf("%+v: %d frames", w, len(frames))
		}
	}
}

// What is sealed and not sent has used its counter up: two texts under one
// nonce give away their difference.
func TestCounterIsNeverUsedTwice(t *testing.T) {
	c, s := sealedWriter(t, 7, WithKey(fill(1)))
	s.take, s.err = 10, os.ErrDeadlineExceeded
	want(t, c.Beat(OK, 0), QueueFull, os.ErrDeadlineExceeded)
	torn := bytes.Clone(s.Bytes()[leadSize:])
	s.Reset()
	s.take, s.err = -1, nil
	want(t, c.Beat(OK, 1), Sent, nil)
	if bytes.HasPrefix(s.Bytes()[leadSize:], torn) && len(torn) >= nonceSize {
		t.Errorf("%x is used twice", torn)
	}
	if c.seal.ctr != 2 {
		t.Errorf("counter %d after two frames were sealed", c.seal.ctr)
	}
}

// Sealed over UDP, with the socket made anew in between: the session goes on.
func TestSealedUDP(t *testing.T) {
	u, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv6loopback})
	if err != nil {
		t.Skipf("SKIPPED: no IPv6 here: %v", err)
	}
	defer u.Close()
	c, err := DialUDP(u.LocalAddr().String(), WithMasterKey(fill(9)), WithID(42))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o := opener(t, fill(1), fill(9))
	for i, w := range []secure.Session{secure.Fresh, secure.Current} {
		want(t, c.Beat(OK, 0), Sent, nil)
		var b [128]byte
		var plain [vlp.Size]byte
		n, err := u.Read(b[:])
		if err != nil {
			t.Fatal(err)
		}
		if v, s := o.Open(b[:n], &plain); v != secure.Opened || s != w || n != masterSize {
			t.Errorf("frame %d: verdict %d, session %d, %d bytes", i, v, s, n)
		}
		want(t, c.Reconnect(), Sent, nil)
	}
}

// FuzzSealed: whatever is sealed here opens there, and says the same.
func FuzzSealed(f *testing.F) {
	f.Add(uint32(2), uint32(0), byte(0), false, strings.Repeat("k", 32))
	f.Add(uint32(math.MaxUint32), uint32(math.MaxUint32), byte(2), true, "")
	f.Fuzz(func(t *testing.T, id, payload uint32, status byte, master bool, text string) {
		if id < 2 {
			return
		}
		var k Key
		copy(k[:], text)
		option := WithKey(k)
		if master {
			option = WithMasterKey(k)
		}
		c, s := sealedWriter(t, id, option)
		st := Status(status % 3)
		c.Beat(st, payload)
		c.Beat(st, payload)
		frames, _ := open(t, opener(t, k, k), s.Bytes())
		if len(frames) != 2 {
			t.Fatalf("%d frames", len(frames))
		}
		for i, got := range frames {
			if got.PID != id || got.Payload != payload || got.Status != st || got.Nonce != uint64(i)+1 {
				t.Errorf("%+v", got)
			}
		}
	})
}
