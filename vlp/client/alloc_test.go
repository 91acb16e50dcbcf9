package client

import (
	"io"
	"net"
	"testing"
)

// TestBeatsAllocateNothing: over every way, sent or not.
func TestBeatsAllocateNothing(t *testing.T) {
	skipUnderRace(t)
	l := listen(t, socketPath(t))
	udp, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer udp.Close()
	address := udp.LocalAddr().String()
	full := dial(t, l.path)
	for full.Beat(OK, 0).Sent() {
	}
	room := listen(t, socketPath(t))
	drain := make([]byte, 64)
	for _, c := range []struct {
		name string
		make func() (*Client, error)
		sent bool
	}{
		{"socket", func() (*Client, error) { return Dial(room.path) }, true},
		{"full socket", func() (*Client, error) { return Dial(l.path, ReconnectAfter(0)) }, false},
		{"full socket, connected again", func() (*Client, error) { return Dial(l.path, ReconnectAfter(1)) }, false},
		{"absent socket", func() (*Client, error) { return Dial(l.path + "-absent") }, false},
		{"UDP", func() (*Client, error) { return DialUDP(address) }, true},
		{"UDP, key", func() (*Client, error) { return DialUDP(address, WithKey(fill(1))) }, true},
		{"UDP, master key", func() (*Client, error) { return DialUDP(address, WithMasterKey(fill(9))) }, true},
		{"writer", func() (*Client, error) { return NewWriter(io.Discard, 7) }, true},
		{"writer, key", func() (*Client, error) { return NewWriter(io.Discard, 7, WithMasterKey(fill(9))) }, true},
	} {
		client, err := c.make()
		if err != nil {
			t.Fatal(err)
		}
		w := client.Watchdog()
		task := w.Task("x", 1e12)
		n := testing.AllocsPerRun(100, func() {
			task.Progress()
			if o, alive := w.Beat(); o.Sent() != c.sent || !alive {
				t.Fatalf("%s: %v", c.name, o)
			}
			if c.name == "socket" {
				if _, err := room.Read(drain); err != nil {
					t.Fatal(err)
				}
			}
		})
		if n != 0 {
			t.Errorf("%s: %v allocations a beat", c.name, n)
		}
		client.Close()
	}
}
