package config

import (
	"vlpd/args"
	"vlpd/confine"
)

// Confine is what the observer gives up at start.
type Confine struct {
	User         string // to become, as in confine.Find; "": who we are
	Caps         confine.Caps
	CapsSet      bool
	SerialAsRoot bool
	Sandbox      string // "auto", "off", or "" for auto with User and off without
}

func (c *Config) checkConfine() error {
	p := &c.Confine
	switch {
	case len(c.Trust.Users) > 0 && len(c.Sockets) == 0:
		return args.Usage("--agent-user requires --socket")
	case p.CapsSet && p.User == "":
		return args.Usage("--recovery-caps requires --user NAME: a command that root runs has every capability")
	case p.CapsSet && !c.Recovery.IsSet():
		return args.Usage("--recovery-caps requires --recovery-exec or --recovery-exec-file")
	case p.SerialAsRoot && p.User == "":
		return args.Usage("--serial-open-as-root requires --user NAME: who stays root opens them so")
	case p.SerialAsRoot && len(c.Lines) == 0:
		return args.Usage("--serial-open-as-root requires --serial")
	}
	return nil
}

// Sandboxed reports whether calls and files are to be refused.
func (p *Confine) Sandboxed() bool {
	switch p.Sandbox {
	case "":
		return p.User != "" || confine.Strict()
	case "auto":
		return true
	}
	return false
}

// SealsPrivileges reports whether setuid programs are to be ordinary ones for
// commands, and so for us. They stay what they are for a command that may need
// them: doas and busybox's su are how such commands got their rights so far.
func (c *Config) SealsPrivileges() bool {
	confined := c.Confine.User != "" || c.Confine.Sandboxed()
	return confined && (!c.Recovery.IsSet() || c.Confine.CapsSet)
}

// KeptCaps are the capabilities that are kept for good, not in effect.
func (c *Config) KeptCaps() confine.Caps {
	keep := c.Confine.Caps
	if c.Confine.SerialAsRoot {
		keep |= confine.Files
	}
	return keep
}

// StartCaps are those that the rest of start-up needs after the change of user.
func (c *Config) StartCaps() confine.Caps {
	need := c.KeptCaps() | confine.Ports | confine.Net
	if c.Live.Hardware != "" {
		need |= confine.Files
	}
	if c.Confine.Sandboxed() && !c.SealsPrivileges() {
		need |= confine.Filter
	}
	return need
}

// Bound are the capabilities that a program executed by us can have at most.
func (c *Config) Bound() confine.Caps {
	if c.SealsPrivileges() {
		return c.KeptCaps()
	}
	return ^confine.Caps(0)
}
