package config

import (
	"vlpd/args"
	"vlpd/metrics"
)

// UDPLabel is what the UDP source is called.
const UDPLabel = "udp"

// UDP is the UDP source.
type UDP struct {
	PortSet bool
	Port    uint16       // 0: the kernel chooses
	Bind    metrics.Addr // valid if BindSet
	BindSet bool
	RcvBuf  int // bytes, 0: the kernel's

	Key, Accepted, Master string // key files

	AcceptPlain       bool // frames without a seal
	AcceptNonLoopback bool // sealed ones from elsewhere
	RecoverSecure     bool // sealed agents may have commands run
	RecoverPlain      bool
}

// Keyed reports whether frames are to be sealed.
func (u *UDP) Keyed() bool { return u.Key != "" || u.Accepted != "" || u.Master != "" }

// sealed reports whether any source takes sealed frames.
func (c *Config) sealed() bool {
	for _, line := range c.Lines {
		if line.KeyFile != "" {
			return true
		}
	}
	return c.UDP.PortSet && c.UDP.Keyed()
}

// Addr is where to listen.
func (u *UDP) Addr() metrics.Addr {
	a := u.Bind
	if !u.BindSet {
		text := "0.0.0.0:0"
		if u.Keyed() {
			text = "127.0.0.1:0"
		}
		a, _ = metrics.ParseAddr(text)
	}
	a.Port = u.Port
	return a
}

// Recovers reports whether its agents may have commands run.
func (u *UDP) Recovers() bool {
	if u.Keyed() {
		return u.RecoverSecure
	}
	return u.RecoverPlain
}

func (c *Config) checkUDP() error {
	u := &c.UDP
	if !u.PortSet {
		return nil
	}
	secure, plain := u.Keyed(), !u.Keyed() && u.AcceptPlain
	if c.Recovery.IsSet() && (secure || plain) && !u.Recovers() {
		flag := "--plaintext-udp-i-accept-recovery-on-unauthenticated-transport"
		if secure {
			flag = "--secure-udp-i-accept-recovery-on-unauthenticated-transport"
		}
		return args.Usage("recovery command is configured alongside a UDP listener on " + u.Addr().String() +
			": whoever can send there could have it run by falling silent; use sockets, or accept that with " + flag)
	}
	if a := u.Addr(); secure && u.BindSet && !a.Loopback() && !u.AcceptNonLoopback {
		return args.Usage("secure-UDP listener configured with non-loopback --udp-bind-addr " + a.String() +
			": frames are sealed but without forward secrecy; accept that with --i-accept-secure-udp-non-loopback")
	}
	return nil
}
