//go:build !linux

package client

import (
	"errors"
	"net/netip"
)

// socket stands for those of Linux where there are none.
type socket struct{}

func unixSocket(string) way                 { return socket{} }
func udpSocket(netip.AddrPort) (way, error) { return socket{}, nil }
func (socket) connect() Outcome             { return Outcome{Failed, errors.ErrUnsupported} }
func (socket) send(_ []byte) (o Outcome, _ bool) {
	return Outcome{Failed, errors.ErrUnsupported}, false
}
func (socket) close() error { return nil }
