package observer

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"vlpd/sink"
	"vlpd/vlp"
)

// TestLineKeysOneByOne: the devices of a sealed line get another key one after
// the other. With both in the file all are heard; with the old one gone, those
// that have it are not.
func TestLineKeysOneByOne(t *testing.T) {
	keys := [2][]byte{[]byte(strings.Repeat("o", 32)), []byte(strings.Repeat("n", 32))}
	path := filepath.Join(t.TempDir(), "keys")
	write := func(keys ...[]byte) {
		text := "# of the bus\n"
		for _, key := range keys {
			text += hex.EncodeToString(key) + "\n"
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(keys[0])
	master, slave := openPTY(t)
	r := newRig(t, sink.OS, "--serial", "bus="+slave+",key-file="+path, "--threshold-ms", "60000", "--export-file", "DIR/log")
	r.start()
	eventually(t, "the line is up", func() bool { return containsUp(r.dir) })
	var devices [2]udpAgent
	for i := range devices {
		devices[i] = udpAgent{key: keys[i], prefix: 5, f: vlp.Frame{PID: uint32(9 + i)}}
	}
	beat := func(i int) {
		if _, err := unix.Write(master, append([]byte("VA\x82\x3c"), devices[i].next(t)...)); err != nil {
			t.Fatal(err)
		}
	}
	count := func(who string) int { return strings.Count(readLog(r.dir), "\tbeat\tbus/"+who+"\t") }
	reload := func() {
		r.o.loop.signals.hangup.Store(true)
		r.o.loop.signals.bell.Ring()
	}
	// Keys are read beside the loop, so that devices beat until they are heard.
	expect := func(what string, old, new bool) {
		t.Helper()
		eventually(t, what, func() bool {
			o, n := count("9"), count("10")
			beat(0)
			beat(1)
			if new {
				eventually(t, "a beat under the new key", func() bool { beat(1); return count("10") > n })
			} else {
				eventually(t, "a beat under the old key", func() bool { beat(0); return count("9") > o })
			}
			return (count("9") > o) == old && (count("10") > n) == new
		})
	}
	expect("one key: the old device", true, false)
	write(keys[0], keys[1])
	reload()
	expect("both", true, true)
	write(keys[1])
	reload()
	expect("the new one alone", false, true)
	r.stop()
}
