package config

import (
	"vlpd/args"
	"vlpd/lean"
	"vlpd/metrics"
)

// udpFlags are about beats over UDP; all is closed unless it is opened.
func udpFlags(c *Config) []args.Flag {
	u := &c.UDP
	const noEnv = "was removed: keys in the environment can be read by others; use --key-file (mode 0600, owned by the observer UID)"
	return []args.Flag{
		{Name: "--udp-port", Arg: "PORT", About: "beats over UDP, with one of the key flags or --i-accept-plaintext-udp; 0 lets the kernel choose", Set: setPort(u)},
		{Name: "--udp-bind-addr", Arg: "IP", Def: "127.0.0.1 with keys, else 0.0.0.0", About: "address of the UDP socket", Set: setBind(u)},
		{Name: "--udp-rcvbuf-bytes", Arg: "BYTES", Def: "1048576", About: "receive buffer to ask for; 0 leaves the kernel's", Set: args.Int(&u.RcvBuf, 0, 1<<31-1)},
		{Name: "--key-file", Arg: "PATH", About: "key that seals frames: one line of 64 hex digits, mode 0600, our own; SIGHUP reads it again", Set: args.Text(&u.Key)},
		{Name: "--accepted-key-file", Arg: "PATH", About: "more such keys, one a line: those of yesterday", Set: args.Text(&u.Accepted)},
		{Name: "--master-key-file", Arg: "PATH", About: "64 hex digits from which the key of each agent is derived", Set: args.Text(&u.Master)},
		{Name: "--state-dir", Arg: "DIR", About: "what sealed sources have seen is kept there over a restart, so that nothing recorded is taken again; our own folder, where nobody else may write", Set: args.Text(&c.StateDir)},
		{Name: "--i-accept-plaintext-udp", About: "frames without a seal are taken, where there is no key; anybody can send them", Set: args.Switch(&u.AcceptPlain)},
		{Name: "--i-accept-secure-udp-non-loopback", About: "sealed frames may come from other machines", Set: args.Switch(&u.AcceptNonLoopback)},
		{Name: "--secure-udp-i-accept-recovery-on-unauthenticated-transport", About: "agents of secure UDP may have the recovery command run", Set: args.Switch(&u.RecoverSecure)},
		{Name: "--plaintext-udp-i-accept-recovery-on-unauthenticated-transport", About: "agents of plain UDP may have the recovery command run", Set: args.Switch(&u.RecoverPlain)},
		removed("--key-env", noEnv),
		removed("--master-key-env", noEnv),
		removed("--accepted-key-env", noEnv),
	}
}

func setPort(u *UDP) func(string) error {
	return func(v string) error {
		n, err := args.ParseInt(v, 0, 65535)
		u.Port, u.PortSet = uint16(n), true
		return err
	}
}

func setBind(u *UDP) func(string) error {
	return func(v string) error {
		text := v
		for i := range len(v) {
			if v[i] == ':' {
				text = "[" + v + "]"
				break
			}
		}
		a, err := metrics.ParseAddr(text + ":0")
		if err != nil {
			return lean.New("not a valid IP address: " + lean.Quote(v))
		}
		if a.Zone != "" {
			return lean.New("an address with a zone is not taken, got " + lean.Quote(v) + " (expected an address of this machine, or ::)")
		}
		u.Bind, u.BindSet = a, true
		return nil
	}
}
