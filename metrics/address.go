package metrics

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// address is an IP address in network order, IPv4 in its mapped form, so that a
// client is the same one on an IPv4 socket and on one that takes both.
type address [4]uint32

// sockaddrIn is what accept4(2) writes: struct sockaddr_in6 of ipv6(7), of
// which struct sockaddr_in of ip(7) is the shorter sister.
type sockaddrIn struct {
	family uint16
	port   uint16
	words  [6]uint32 // IPv4: the address first; IPv6: flow, the address, scope
}

// address of the client. The scope is left out: neighbours that have the same
// link-local address on two links share a bucket.
func (sa *sockaddrIn) address() address {
	if sa.family == unix.AF_INET {
		return address{2: binary.NativeEndian.Uint32([]byte{0, 0, 0xff, 0xff}), 3: sa.words[0]}
	}
	return address(sa.words[1:5])
}
