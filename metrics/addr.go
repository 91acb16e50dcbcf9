package metrics

import (
	"strconv"
	"strings"

	"vlpd/lean"
)

// Addr is the address and port of a TCP socket.
//
// It does what net/netip's AddrPort would, in a tenth of the space: that
// package adds about 90 KB to the ARM binary.
type Addr struct {
	IP   [16]byte // an IPv4 address is in its mapped form, ::ffff:a.b.c.d
	V4   bool     // written as IPv4, and bound as such
	Port uint16
	Zone string // interface name or number of a link-local IPv6 address
}

// ParseAddr reads IP:PORT, with an IPv6 address in brackets. Names are not
// resolved.
func ParseAddr(s string) (Addr, error) {
	a, ok := parseAddr(s)
	if !ok {
		return Addr{}, lean.New(lean.Quote(s) + " is not IP:PORT, such as 127.0.0.1:9100 or [::1]:9100")
	}
	return a, nil
}

func parseAddr(s string) (a Addr, ok bool) {
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 {
		return a, false
	}
	host, port := s[:colon], s[colon+1:]
	if a.Port, ok = parsePort(port); !ok {
		return a, false
	}
	if len(host) < 2 || host[0] != '[' {
		a.V4 = true
		copy(a.IP[10:], "\xff\xff")
		return a, parseV4(host, a.IP[12:])
	}
	if host[len(host)-1] != ']' {
		return a, false
	}
	host = host[1 : len(host)-1]
	if host, a.Zone, ok = lean.Cut(host, '%'); ok && a.Zone == "" {
		return a, false
	}
	if !parseV6(host, &a.IP) {
		return a, false
	}
	if a.mapped() { // one socket, one way to write it
		a.V4, ok = true, a.Zone == ""
		return a, ok
	}
	return a, true
}

func parsePort(s string) (uint16, bool) {
	n, ok := lean.Uint(s, 10, 1<<16-1)
	return uint16(n), ok
}

// parseV4 reads a.b.c.d into four bytes; leading zeros, octal to some, are
// refused.
func parseV4(s string, ip []byte) bool {
	for i := range 4 {
		part, rest, dot := lean.Cut(s, '.')
		n, ok := lean.Uint(part, 10, 255)
		if dot != (i < 3) || !ok || (part[0] == '0' && len(part) > 1) {
			return false
		}
		ip[i], s = byte(n), rest
	}
	return true
}

// parseV6 reads the text of RFC 4291 section 2.2: eight groups, one run of
// them left out as "::", the last two perhaps as an IPv4 address.
func parseV6(s string, ip *[16]byte) bool {
	n, gap := 0, -1
	if rest, ok := strings.CutPrefix(s, "::"); ok {
		s, gap = rest, 0
		if s == "" {
			return true
		}
	}
	for n < 16 {
		group, rest, more := lean.Cut(s, ':')
		if !more && strings.IndexByte(group, '.') >= 0 {
			if n > 12 || !parseV4(group, ip[n:]) {
				return false
			}
			return spread(ip, n+4, gap)
		}
		v, ok := lean.Uint(group, 16, 1<<16-1)
		if !ok || len(group) > 4 {
			return false
		}
		ip[n], ip[n+1] = byte(v>>8), byte(v)
		n += 2
		if !more {
			return spread(ip, n, gap)
		}
		if s = rest; strings.HasPrefix(s, ":") {
			if gap >= 0 {
				return false
			}
			if gap, s = n, s[1:]; s == "" {
				return spread(ip, n, gap)
			}
		}
	}
	return false
}

// spread moves the n bytes read so far apart at the gap, if there is one.
func spread(ip *[16]byte, n, gap int) bool {
	if gap < 0 {
		return n == 16
	}
	if n > 14 { // "::" stands for at least one group
		return false
	}
	copy(ip[16-(n-gap):], ip[gap:n])
	clear(ip[gap : 16-(n-gap)])
	return true
}

func (a Addr) mapped() bool {
	return [12]byte(a.IP[:12]) == [12]byte{10: 0xff, 11: 0xff}
}

// Loopback reports whether nobody but this machine can reach a.
func (a Addr) Loopback() bool {
	if a.mapped() {
		return a.IP[12] == 127
	}
	return a.IP == [16]byte{15: 1}
}

// String writes a as ParseAddr reads it, IPv6 as in RFC 5952.
func (a Addr) String() string {
	b := make([]byte, 0, 64)
	if a.V4 {
		for i, v := range a.IP[12:] {
			if i > 0 {
				b = append(b, '.')
			}
			b = strconv.AppendUint(b, uint64(v), 10)
		}
	} else {
		b = appendV6(append(b, '['), &a.IP)
		if a.Zone != "" {
			b = append(append(b, '%'), a.Zone...)
		}
		b = append(b, ']')
	}
	return string(strconv.AppendUint(append(b, ':'), uint64(a.Port), 10))
}

func appendV6(b []byte, ip *[16]byte) []byte {
	from, to := longestZeros(ip)
	for i := 0; i < 8; i++ {
		if i == from {
			b = append(b, "::"...)
			if i = to; i == 8 {
				break
			}
		} else if i > 0 {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(ip[2*i])<<8|uint64(ip[2*i+1]), 16)
	}
	return b
}

// longestZeros finds the first longest run of at least two zero groups; from
// is 8 if there is none.
func longestZeros(ip *[16]byte) (from, to int) {
	from, to = 8, 8
	for i, run := 0, 0; i < 8; i++ {
		if ip[2*i] != 0 || ip[2*i+1] != 0 {
			run = 0
			continue
		}
		if run++; run > 1 && (from == 8 || run > to-from) {
			from, to = i+1-run, i+1
		}
	}
	return from, to
}
