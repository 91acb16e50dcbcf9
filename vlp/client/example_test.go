package client_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"time"

	"vlpd/vlp"
	"vlpd/vlp/client"
)

// gateway stands for an observer: it prints the beats that come.
type gateway struct {
	*net.UnixConn
	path string
}

func newGateway() *gateway {
	dir, err := os.MkdirTemp("", "vlp-client-")
	if err != nil {
		panic(err)
	}
	path := dir + "/s"
	u, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		panic(err)
	}
	return &gateway{u, path}
}

func (g *gateway) show(n int) {
	for range n {
		var b [vlp.Size]byte
		var f vlp.Frame
		if _, err := g.Read(b[:]); err != nil {
			panic(err)
		}
		vlp.Decode(&b, &f)
		fmt.Printf("nonce %d: %v, payload %d\n", f.Nonce, f.Status, f.Payload)
	}
}

func (g *gateway) end() {
	g.Close()
	os.RemoveAll(g.path[:len(g.path)-len("/s")])
}

// A program that beats from the loop that does the work.
func Example() {
	g := newGateway()
	defer g.end()

	c, err := client.Dial(g.path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	defer c.OnPanic()
	for temperature := uint32(20); temperature < 23; temperature++ {
		status := client.OK
		if temperature > 21 {
			status = client.Degraded
		}
		c.Beat(status, temperature)
	}

	g.show(3)
	// Output:
	// nonce 1: ok, payload 20
	// nonce 2: ok, payload 21
	// nonce 3: degraded, payload 22
}

// An observer that is not there is no error, and costs nothing but the beats.
func ExampleDial_absent() {
	c, err := client.Dial("/nowhere/vlpd.sock")
	fmt.Println(err)
	fmt.Println(c.Beat(client.OK, 0))

	_, err = client.Dial("/nowhere/vlpd.sock", client.RequireObserver())
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// <nil>
	// dropped: no observer (no such file or directory)
	// true
}

// Workers advance their tasks; the beats stop when one of them does not.
func ExampleWatchdog() {
	g := newGateway()
	defer g.end()
	c, err := client.Dial(g.path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	w := c.Watchdog()
	poll := w.Task("poll", time.Hour)
	fast := w.Task("fast", time.Nanosecond)

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go w.Run(ctx, time.Second) // in a program; here we look by hand

	poll.Progress()
	_, alive := w.Beat()
	fmt.Println(alive, w.Late())
	fast.Idle() // waits by right
	o, alive := w.Beat()
	fmt.Println(alive, o)
	// Output:
	// false [fast]
	// true sent
}

// The panic goes on as it would have, and the observer knows.
func ExampleClient_OnPanic() {
	g := newGateway()
	defer g.end()
	c, err := client.Dial(g.path)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()

	func() {
		defer func() { fmt.Println("recovered:", recover()) }() // net/http does this
		defer c.OnPanic()
		panic("out of ideas")
	}()

	g.show(1)
	// Output:
	// recovered: out of ideas
	// nonce 18446744073709551615: critical, payload 0
}

// A device that beats on a serial line under its own key.
func ExampleNewWriter() {
	master, err := client.ParseKey("0909090909090909090909090909090909090909090909090909090909090909")
	if err != nil {
		fmt.Println(err)
		return
	}
	own, err := client.DeriveKey(master, 17) // done where the master key is kept
	if err != nil {
		fmt.Println(err)
		return
	}

	var line lengths // in a device: os.OpenFile("/dev/ttyS1", os.O_WRONLY, 0)
	c, err := client.NewWriter(&line, 17, client.WithDerivedKey(own))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Beat(client.OK, 0))
	fmt.Println(line)
	// Output:
	// sent
	// [68]
}

// lengths notes how long each Write was.
type lengths []int

func (l *lengths) Write(p []byte) (int, error) {
	*l = append(*l, len(p))
	return len(p), nil
}
