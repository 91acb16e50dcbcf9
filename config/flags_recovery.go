package config

import (
	"time"

	"vlpd/args"
	"vlpd/lean"
)

// recoveryFlags are about what is done for a silent agent, and who may have
// it done.
func recoveryFlags(c *Config) []args.Flag {
	r, a := &c.Recovery, &c.Audit
	return []args.Flag{
		{Name: "--recovery-exec", Arg: "COMMAND", About: "run this when an agent stalls; split at blanks, no quotes, no shell; {pid}, {id}, {source} and {agent} are filled in", Set: setCommand(r)},
		{Name: "--recovery-exec-file", Arg: "PATH", About: "the same, read once from a file of mode 0600 that is our own", Set: args.Text(&r.File)},
		{Name: "--recovery-debounce-ms", Arg: "MS", Def: "1000", About: "least time between two attempts for one agent; later ones wait twice as long each, up to a minute", Set: setMillis(&r.Debounce, 0)},
		{Name: "--recovery-timeout-ms", Arg: "MS", Def: "never", About: "SIGTERM to the command's process group after so long, and SIGKILL 2 s later; at least 100", Set: setMillis(&r.Timeout, minRecoveryTimeout)},
		{Name: "--recovery-env", Arg: "NAME=VALUE", About: "environment of the command, beside PATH=/usr/bin:/bin; repeatable", Set: setEnv(c)},
		{Name: "--recovery-inherit-env", About: "the command gets our whole environment as well", Set: args.Switch(&r.InheritEnv)},
		{Name: "--recovery-capture-stdio", About: "keep what the command prints: the end goes to the audit file, and its last line to stderr if the command fails; programs that it leaves running must print elsewhere", Set: args.Switch(&r.Capture)},
		{Name: "--recovery-capture-bytes", Arg: "BYTES", Def: "4096", About: "how much of it; up to 1048576; 0 captures nothing", Set: setCaptureBytes(&r.CaptureBytes)},
		{Name: "--recovery-max", Arg: "N", Def: "--tracker-capacity", About: "commands that may run at once; others wait", Set: args.Int(&r.Max, 1, maxCapacity)},
		{Name: "--recovery-audit-file", Arg: "PATH", About: "hash-chained record of every decision; mode 0600, our own", Set: args.Text(&a.Path)},
		{Name: "--recovery-audit-key-file", Arg: "PATH", About: "64 hex digits, mode 0600: the chain is an HMAC then, which only the key's owner can make", Set: args.Text(&a.KeyFile)},
		{Name: "--recovery-audit-max-bytes", Arg: "BYTES", About: "size at which the audit file becomes generation .1, of 5; at least 4096", Set: args.Int(&a.MaxBytes, minAuditBytes, 1<<62)},
		{Name: "--recovery-audit-sync-every", Arg: "N", Def: "1", About: "fdatasync after so many records", Set: setCount(&a.SyncEvery)},
		{Name: "--audit-sync-interval-ms", Arg: "MS", Def: "0", About: "fdatasync records that are older; 0 is off", Set: setMillis(&a.SyncInterval, 0)},
		{Name: "--audit-fsync-budget-ms", Arg: "MS", Def: "50", About: "a sync that takes longer is counted", Set: setCountMillis(&a.SyncBudget)},
		{Name: "--audit-rotation-budget-ms", Arg: "MS", Def: "50", About: "a rotation that takes longer is counted", Set: setCountMillis(&a.RotationBudget)},
		removed("--recovery-cmd", "has been removed for security reasons; use --recovery-exec"),
		removed("--recovery-cmd-file", "has been removed for security reasons; use --recovery-exec-file"),
		removed("--i-accept-shell-risk", "has been removed for security reasons; use --recovery-exec"),
	}
}

// removed is a flag of old that is refused with what to use instead. It has
// no place in the help.
func removed(name, why string) args.Flag {
	return args.Flag{Name: name, Hidden: true, Set: func(string) error { return lean.New(why) }}
}

// setCommand keeps a blank command, which is refused when it is to be used.
func setCommand(r *Recovery) func(string) error {
	return func(v string) error {
		r.Command, r.CommandSet = v, true
		return nil
	}
}

// setEnv takes an entry, or notes one without "=", which the original ignores.
func setEnv(c *Config) func(string) error {
	return func(v string) error {
		if name, _, ok := lean.Cut(v, '='); !ok || name == "" {
			c.noEffect("--recovery-env " + lean.Quote(v) + " (expected NAME=VALUE)")
			return nil
		}
		c.Recovery.Env = append(c.Recovery.Env, v)
		return nil
	}
}

func setCaptureBytes(dst *int) func(string) error {
	return func(v string) error {
		n, err := args.ParseInt(v, 0, 1<<63-1)
		if err == nil && n > maxCapture {
			return lean.New(v + " exceeds the maximum allowed value (1048576 bytes)")
		}
		*dst = int(n)
		return err
	}
}

// setCount takes a number of which 0 makes no sense; the original's words.
func setCount(dst *int) func(string) error {
	return func(v string) error {
		n, err := args.ParseInt(v, 0, 1<<31-1)
		if err == nil && n == 0 {
			return lean.New("not a valid unsigned integer: " + lean.Quote(v) + " (expected at least 1)")
		}
		*dst = int(n)
		return err
	}
}

func setCountMillis(dst *time.Duration) func(string) error {
	var ms int
	set := setCount(&ms)
	return func(v string) error {
		err := set(v)
		*dst = time.Duration(ms) * time.Millisecond
		return err
	}
}
