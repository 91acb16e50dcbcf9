package demo

import (
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/args"
	"vlpd/lean"
)

// agent is a local process that beats, through `vlpd beat`.
type agent struct {
	name string
	pid  int
}

func startAgent(name, socket string, interval, life time.Duration) (*agent, error) {
	pid, err := startSelf(lean.Closed, stderr, "beat", "--socket", socket, "--interval", args.SpanText(interval),
		"--count", strconv.FormatInt(int64(life/interval), 10))
	if err != nil {
		return nil, err
	}
	return &agent{name: name, pid: pid}, nil
}

// signal fails only for a process that has ended and was waited for.
func (a *agent) signal(sig unix.Signal) error { return unix.Kill(a.pid, sig) }

// stop ends it, even if it is stopped at the time.
func (a *agent) stop() {
	a.signal(unix.SIGKILL)
	lean.Wait(a.pid)
}
