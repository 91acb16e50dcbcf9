package main

import (
	"vlpd/args"
	"vlpd/confine"
)

// ConfineConfig is what the observer gives up at start.
type ConfineConfig struct {
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
	case p.CapsSet && !c.Recovery.set():
		return args.Usage("--recovery-caps requires --recovery-exec or --recovery-exec-file")
	case p.SerialAsRoot && p.User == "":
		return args.Usage("--serial-open-as-root requires --user NAME: who stays root opens them so")
	case p.SerialAsRoot && len(c.Lines) == 0:
		return args.Usage("--serial-open-as-root requires --serial")
	}
	return nil
}

// sandboxed reports whether calls and files are to be refused.
func (p *ConfineConfig) sandboxed() bool {
	switch p.Sandbox {
	case "":
		return p.User != "" || confine.Strict()
	case "auto":
		return true
	}
	return false
}

// sealsPrivileges reports whether setuid programs are to be ordinary ones for
// commands, and so for us. They stay what they are for a command that may need
// them: doas and busybox's su are how such commands got their rights so far.
func (c *Config) sealsPrivileges() bool {
	confined := c.Confine.User != "" || c.Confine.sandboxed()
	return confined && (!c.Recovery.set() || c.Confine.CapsSet)
}

// keptCaps are the capabilities that are kept for good, not in effect.
func (c *Config) keptCaps() confine.Caps {
	keep := c.Confine.Caps
	if c.Confine.SerialAsRoot {
		keep |= confine.Files
	}
	return keep
}

// startCaps are those that the rest of start-up needs after the change of user.
func (c *Config) startCaps() confine.Caps {
	need := c.keptCaps() | confine.Ports | confine.Net
	if c.Live.Hardware != "" {
		need |= confine.Files
	}
	if c.Confine.sandboxed() && !c.sealsPrivileges() {
		need |= confine.Filter
	}
	return need
}

// bound are the capabilities that a program executed by us can have at most.
func (c *Config) bound() confine.Caps {
	if c.sealsPrivileges() {
		return c.keptCaps()
	}
	return ^confine.Caps(0)
}
