package config

import (
	"vlpd/args"
	"vlpd/confine"
	"vlpd/lean"
)

// confineFlags are about what the observer gives up once it has what it needs.
func confineFlags(c *Config) []args.Flag {
	p := &c.Confine
	return []args.Flag{
		{Name: "--user", Arg: "NAME[:GROUP]", About: "after sockets, ports and watchdog are open become this user, with its groups of /etc/group; or UID:GID; agents of root and of this user may beat", Set: setUser(p)},
		{Name: "--recovery-caps", Arg: "none|LIST", About: "capabilities that the recovery command has, and only it, like kill,sys_boot; with this flag setuid programs do not work in it; needs --user", Set: setCaps(p)},
		{Name: "--serial-open-as-root", About: "serial lines are opened with root's rights, where device nodes stay root's; needs --user", Set: args.Switch(&p.SerialAsRoot)},
		{Name: "--sandbox", Arg: "auto|off", Def: "auto with --user, else off", About: "refuse what an observer never does: seccomp, and without a recovery command Landlock, as far as the kernel has them", Set: args.Word(&p.Sandbox, "auto", "off")},
	}
}

func setUser(p *Confine) func(string) error {
	return func(v string) error {
		name, group, grouped := lean.Cut(v, ':')
		if name == "" || grouped && group == "" {
			return lean.New("expected NAME, NAME:GROUP or UID:GID, got " + lean.Quote(v))
		}
		p.User = v
		return nil
	}
}

func setCaps(p *Confine) func(string) error {
	return func(v string) (err error) {
		p.CapsSet = true
		p.Caps, err = confine.ParseCaps(v)
		return err
	}
}
