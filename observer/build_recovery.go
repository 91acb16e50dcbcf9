package observer

import (
	"os"
	"strconv"
	"time"

	"vlpd/audit"
	"vlpd/children"
	"vlpd/config"
	"vlpd/diag"
	"vlpd/event"
	"vlpd/lean"
	"vlpd/liveness"
	"vlpd/recovery"
	"vlpd/secret"
	"vlpd/sink"
)

// buildRecovery makes what runs commands, if there is one to run.
func buildRecovery(o *observer, _ *event.Format) (err error) {
	l, c := o.loop, &o.c.Recovery
	if !c.IsSet() {
		return nil
	}
	words, err := commandWords(c)
	if err != nil {
		return err
	}
	if c.InheritEnv {
		o.diag.Say(diag.Warn, "--recovery-inherit-env is set: recovery child processes will inherit the observer's full environment")
		for _, name := range liveness.NotForChildren {
			os.Unsetenv(name)
		}
	}
	command, err := children.NewCommand(words, children.Environ(c.InheritEnv, c.Env))
	if err != nil {
		return lean.Wrap("--recovery-exec", err)
	}
	if name := command.Unknown(); name != "" {
		o.diag.Say(diag.Warn, "--recovery-exec: "+name+" is left as it is; {pid}, {id}, {source} and {agent} are filled in")
	}
	if err := command.Check(); err != nil { // it may be mounted later
		o.diag.SayError(diag.Warn, "recovery command "+command.Program()+" cannot be executed as things are", err)
	}
	atOnce := c.AtOnce(o.c.Capacity)
	captured := c.Captured()
	runner, err := children.New(children.Options{
		Max: atOnce, Timeout: c.Timeout, CaptureSet: captured > 0, Capture: captured, Caps: uint64(o.c.Confine.Caps),
		Clock: l.clock.Reader(), Notify: l.signals.bell.Ring,
	})
	if err != nil {
		return err
	}
	l.recover = &recoverer{runner: runner, command: command, due: make([]recovery.Attempt, 0, startsPerTurn),
		table: recovery.New(recovery.Config{
			Capacity: o.c.Capacity, Max: atOnce, DebounceNS: int64(c.Debounce), Sources: len(l.labels),
			AllowCrossNamespace: o.c.Trust.AllowForeign, Recycled: l.isRecycled, Seed: seed(),
		})}
	for i := range o.c.Lines {
		l.recover.table.LineDown(uint16(len(o.c.Sockets) + i)) // until it is open
	}
	return nil
}

// commandWords reads the command from where it stands.
func commandWords(c *config.Recovery) ([]string, error) {
	text, from := c.Command, "--recovery-exec"
	switch {
	case c.CommandSet && c.File != "":
		return nil, lean.New("--recovery-exec and --recovery-exec-file are mutually exclusive")
	case c.File != "":
		b, err := secret.ReadFile(c.File)
		if err != nil {
			return nil, lean.Mark("--recovery-exec-file "+err.Error(), err)
		}
		if text, from = string(b), "--recovery-exec-file "+c.File; len(lean.TrimBlanks(b)) == 0 {
			return nil, lean.New(from + ": file is empty")
		}
	}
	words := children.Split(text)
	if len(words) == 0 {
		return nil, lean.New(from + ": command must not be empty")
	}
	return words, nil
}

// buildAudit opens the audit log.
func buildAudit(o *observer, format *event.Format) (err error) {
	l, c := o.loop, &o.c.Audit
	if c.Path == "" {
		return nil
	}
	opts := audit.Options{
		Path: c.Path, MaxBytes: c.MaxBytes, SyncEvery: c.SyncEvery, SyncInterval: c.SyncInterval,
		SyncBudget: c.SyncBudget, RotationBudget: c.RotationBudget, Capacity: o.c.Capacity,
		Tails: audit.TailRoom(o.c.Recovery.AtOnce(o.c.Capacity), o.c.Recovery.Captured()), PID: uint32(os.Getpid()), FS: audit.OS,
		Agent:  format.AppendAgent,
		Clock:  l.clock.Reader(),
		WallMS: func() int64 { return time.Now().UnixMilli() },
		Say:    func(level sink.Level, text string) { o.diag.Say(diag.Level(level), "audit log: "+text) },
	}
	if c.KeyFile != "" {
		key, err := audit.ReadKey(c.KeyFile)
		if err != nil {
			return lean.Mark("--recovery-audit-key-file "+err.Error(), err)
		}
		opts.Key = &key
	}
	if c.SyncEvery > 1 {
		o.diag.Say(diag.Warn, "--recovery-audit-sync-every above 1: cadence is relaxed, a power cut may take the newest records")
	}
	if l.audit, err = audit.Open(opts); err != nil {
		return lean.Wrap("--recovery-audit-file", err)
	}
	if l.recover != nil {
		from := "inline"
		if o.c.Recovery.File != "" {
			from = o.c.Recovery.File
		}
		l.recover.number = l.audit.Command(l.recover.command.Program(), from)
	}
	return nil
}

// stopRecovery ends the commands, and records how.
func (o *observer) stopRecovery(within time.Duration) {
	l := o.loop
	if l.recover == nil {
		return
	}
	l.recover.stopping = true
	if left := l.recover.runner.Close(within); left > 0 {
		o.diag.Say(diag.Warn, strconv.Itoa(left)+" recovery commands did not end within the grace time")
	}
	for r, ok := l.recover.runner.Result(); ok; r, ok = l.recover.runner.Result() {
		l.result(&r)
	}
	l.recover = nil
}

func (o *observer) stopAudit(within time.Duration) error {
	l := o.loop
	if l.audit == nil {
		return nil
	}
	err := l.audit.Close(within)
	l.audit = nil
	if err != nil {
		return lean.Wrap("audit log", err)
	}
	return nil
}
