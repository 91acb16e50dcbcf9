package config

import (
	"time"

	"vlpd/args"
)

// trustFlags are about who may beat, and how much.
func trustFlags(c *Config) []args.Flag {
	m := &c.Limits
	return []args.Flag{
		{Name: "--max-beat-rate", Arg: "N", Def: "0; called varta-watch: 100", About: "beats a second from one agent, in the long run; ten, or those of a tenth of a second, may come at once, and critical ones always pass; 0 is off", Set: args.Int(&m.PerAgent, 0, 1<<32-1)},
		{Name: "--global-beat-rate", Arg: "N", Def: "0; called varta-watch: 5000", About: "frames a second from all sockets together; 0 is off", Set: args.Int(&m.Global, 0, 1<<32-1)},
		{Name: "--global-beat-burst", Arg: "N", Def: "10000", About: "frames that may come at once from all sockets together; 0 turns the limit off", Set: args.Int(&m.GlobalBurst, 0, 1<<32-1)},
		{Name: "--eviction-scan-window", Arg: "N", Def: "256", About: "accepted for varta-watch's sake, 1 to 4096, without effect: the right agent is found at once", Set: setScanWindow(c)},
		{Name: "--agent-user", Arg: "NAME", About: "programs of this user may beat as well as those of our own; or UID; repeatable; the socket's mode is 0666 then, as the kernel tells who sends", Set: setAgentUser(&c.Trust)},
		{Name: "--allow-cross-namespace-agents", About: "agents of other pid namespaces may beat, by the pid that they have in ours, and be recovered", Set: args.Switch(&c.Trust.AllowForeign)},
		{Name: "--strict-namespace-check", About: "such an agent ends the observer, exit code 1", Set: args.Switch(&c.Trust.Strict)},
	}
}

// liveFlags are about how the observer shows that it is alive itself.
func liveFlags(c *Config) []args.Flag {
	l := &c.Live
	return []args.Flag{
		{Name: "--heartbeat-file", Arg: "PATH", About: "a file that is replaced every second while all is well", Set: args.Text(&l.HeartbeatPath)},
		{Name: "--self-watchdog-secs", Arg: "S", Def: "4 under systemd's watchdog, else off", About: "abort, with a dump of what is running, when the loop does not answer for so long; at least 1", Set: setSelf(l)},
		{Name: "--hw-watchdog", Arg: "DEVICE", About: "feed this watchdog while the loop answers; disarmed by a clean stop", Set: args.Text(&l.Hardware)},
		{Name: "--iteration-budget-ms", Arg: "MS", Def: "250", About: "a turn of the loop that takes longer, without its wait, is counted; 50 to 60000", Set: setBudgetMillis(&l.TurnBudget)},
		{Name: "--scrape-budget-ms", Arg: "MS", Def: "250", About: "a turn that serves scrapes for longer is counted; 50 to 60000", Set: setBudgetMillis(&l.ScrapeBudget)},
	}
}

func setScanWindow(c *Config) func(string) error {
	return func(v string) error {
		n, err := args.ParseInt(v, 1, 4096)
		if err == nil {
			c.ScanWindow = int(n)
			c.noEffect("--eviction-scan-window")
		}
		return err
	}
}

func setSelf(l *Live) func(string) error {
	return func(v string) error {
		s, err := args.ParseInt(v, 1, 1<<30)
		l.SelfAfter = time.Duration(s) * time.Second
		return err
	}
}

func setBudgetMillis(dst *time.Duration) func(string) error {
	return func(v string) error {
		ms, err := args.ParseInt(v, 50, 60000)
		*dst = time.Duration(ms) * time.Millisecond
		return err
	}
}
