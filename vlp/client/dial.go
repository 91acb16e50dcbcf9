package client

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"strconv"
	"time"
)

// maxPath is the longest path of a socket, sizeof(sun_path) without its NUL (unix(7)).
const maxPath = 107

// Dial returns a client for the observer's Unix datagram socket. That nobody is
// there yet is no error, unless RequireObserver says so: services start in any
// order. An error is a mistake that waiting does not cure.
func Dial(path string, options ...Option) (*Client, error) {
	switch {
	case path == "":
		return nil, errors.New("client: the path of the observer's socket is empty")
	case path[0] == '@' || path[0] == 0:
		return nil, errors.New("client: " + strconv.Quote(path) + ": abstract sockets have no owner, and no observer listens on one")
	case len(path) > maxPath:
		return nil, errors.New("client: " + path + ": a socket's path has at most " + strconv.Itoa(maxPath) + " bytes, got " + strconv.Itoa(len(path)))
	}
	o, err := gather(options)
	switch {
	case err != nil:
		return nil, err
	case o.seal != nil:
		return nil, errors.New("client: WithKey and WithMasterKey are for UDP and writers: on a Unix socket the kernel proves who sends")
	case o.id != 0:
		return nil, errors.New("client: WithID is for UDP: on a Unix socket the kernel proves who sends")
	}
	return o.dial(unixSocket(path), uint32(os.Getpid()))
}

// DialUDP returns a client for an observer's UDP socket, at an address as in
// "192.0.2.7:9999" or "[2001:db8::7]:9999". Names are not looked up: that may
// block for long, and fails while a network comes up. A network that is not
// there yet is no error.
//
// Sent means here that the kernel took the datagram. Nobody acknowledges it.
func DialUDP(address string, options ...Option) (*Client, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, errors.New("client: " + strconv.Quote(address) + " is not IP:PORT: " + err.Error())
	}
	if to.Port() == 0 {
		return nil, errors.New("client: " + address + ": port 0 is nobody's")
	}
	o, err := gather(options)
	if err != nil {
		return nil, err
	}
	w, err := udpSocket(to)
	if err != nil {
		return nil, errors.New("client: " + address + ": " + err.Error())
	}
	id := o.id
	if id == 0 {
		id = uint32(os.Getpid())
	}
	return o.dial(w, id)
}

// NewWriter returns a client that writes frames to w, each by one Write: a
// serial line, to which it belongs alone. id is what the observer is to call
// this device on that line, 2 or above. With a key each frame is led by the four
// bytes by which it is found in a stream.
//
// A Write takes as long as it takes. Where w has a SetWriteDeadline, as files
// and connections have, it is given 100 ms, and what was not taken by then is
// QueueFull. The line's speed and mode are the caller's to set.
func NewWriter(w io.Writer, id uint32, options ...Option) (*Client, error) {
	o, err := gather(options)
	switch {
	case err != nil:
		return nil, err
	case o.id != 0:
		return nil, errors.New("client: NewWriter has its id already, WithID is for UDP")
	case w == nil:
		return nil, errors.New("client: no writer")
	}
	o.stream, o.reconnectAfter = true, 0 // what it writes to is the caller's
	return o.dial(newWriter(w), id)
}

// dial makes the client and its first connection. The id is asked for once: no
// Go program forks and goes on, and what it starts is another program.
func (o *settings) dial(w way, id uint32) (*Client, error) {
	if id < 2 {
		return nil, errors.New("client: cannot beat as " + strconv.FormatUint(uint64(id), 10) +
			": ids 0 and 1 are no agents (the first process of a container is 1: start it below an init, or over UDP use WithID)")
	}
	begin := time.Now()
	c := &Client{pid: id, patch: o.reconnectAfter, way: w, clock: func() time.Duration { return time.Since(begin) }}
	if o.seal != nil {
		if err := o.seal.begin(id, o.stream); err != nil {
			return nil, err
		}
		c.seal = o.seal
	}
	first := w.connect()
	if !first.Sent() && (o.require || errors.Is(first.Err, errors.ErrUnsupported)) {
		w.close()
		return nil, &connectError{first}
	}
	return c, nil
}

// connectError is the first connection that was not made.
type connectError struct{ o Outcome }

func (e *connectError) Error() string { return "client: " + e.o.String() }
func (e *connectError) Unwrap() error { return e.o.Err }
