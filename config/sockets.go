package config

import "vlpd/lean"

// modeUnsaid is no mode: none was asked for.
const modeUnsaid = ^uint32(0)

// ModeOfSockets lets those in who may beat. A wider mode than 0600 lets nobody else
// in: the kernel tells whose datagram it is.
func (c *Config) ModeOfSockets() uint32 {
	switch {
	case c.SocketMode != modeUnsaid:
		return c.SocketMode
	case len(c.Trust.Users) > 0:
		return 0o666
	}
	return 0o600
}

// maxAgentUsers keeps the search among them short, which is one a datagram.
const maxAgentUsers = 16

func setAgentUser(t *Trust) func(string) error {
	return func(v string) error {
		switch {
		case v == "":
			return lean.New("expected the name of a user, or a uid")
		case len(t.Users) == maxAgentUsers:
			return lean.New("more than 16 users")
		}
		t.Users = append(t.Users, v)
		return nil
	}
}
