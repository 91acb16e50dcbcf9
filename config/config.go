// Package config is the observer's command line: what it may say, what it means
// where it says nothing, and what is refused with exit code 2 before anything
// is touched.
//
//	argv → flags*.go, a table of args.Flag → Config → check
//
// The flags files alone know how a flag is called and read; each sets a field.
// The other files are the fields by what they are about, the rules between them,
// and what follows from several at once: who may send to a socket, which rights
// are kept, how many commands may run. What stands in a Config was checked as
// far as that can be without a look at the machine: nothing is opened or looked
// up here, so that a path, a user or a key file may still turn out to be wrong
// when the observer is built. Errors are args.ErrUsage, name the flag, and say
// what was expected and what came.
//
// A Config is made once and then only read. Its defaults are vlpd's own, but for
// the few that follow the name it was called by (CalledAs).
package config

import (
	"strconv"
	"time"

	"vlpd/args"
	"vlpd/event"
	"vlpd/intake"
	"vlpd/lean"
	"vlpd/metrics"
	"vlpd/watch"
)

// Config is what the command line asked for, checked as far as it can be
// without touching the machine.
type Config struct {
	Sockets    []string
	SocketMode uint32 // or modeUnsaid
	RcvBuf     int    // bytes, 0: the kernel's
	QueueLen   int    // datagrams, 0: the kernel's
	Lines      []intake.LineConfig

	Threshold time.Duration
	Capacity  int
	Evict     watch.Policy
	Clock     string // "monotonic" or "boottime"

	ScanWindow int // of the original's search for whom to evict; only shown

	Log      Log
	Recovery Recovery
	Audit    Audit
	Limits   Limits
	UDP      UDP
	StateDir string // where sealed sources keep what they have seen; empty: nowhere
	Trust    Trust
	Live     Live
	Confine  Confine

	PromSet       bool
	PromAddr      metrics.Addr
	PromToken     string // path
	PromAnonymous bool
	PromRate      uint32 // scrapes a second from one address
	PromBurst     uint32 // that may come at once; 0: no limit

	ShutdownAfter    time.Duration
	ShutdownAfterSet bool
	ShutdownGrace    time.Duration

	LogFormat string   // "json", "text", or "" for what stderr is
	NoEffect  []string // flags that were given and mean nothing here
}

// Log is the event log's part.
type Log struct {
	Path         string // "": no log
	Events       string // "all" or "changes"
	MaxBytes     int64  // 0: never rotated
	Generations  int
	SyncEvery    int // rows, 0: off
	SyncInterval time.Duration
	SyncKinds    event.Set
	Budget       int64 // bytes a day, 0: off
}

const (
	defaultSyncKinds = "stall,recovered,exit,line,start,stop"
	minThreshold     = 10 * time.Millisecond
	minGrace         = 100 * time.Millisecond
	maxCapacity      = 65536
	minLogBytes      = 512 // room for a start row and a row of any kind
	maxLines         = 256
)

// Parse reads the observer's command line.
func Parse(argv []string) (Config, error) {
	kinds, err := event.ParseKinds(defaultSyncKinds)
	if err != nil {
		panic(err)
	}
	c := Config{
		SocketMode: modeUnsaid, RcvBuf: 1 << 20, QueueLen: 1024,
		Capacity: 256, Clock: "monotonic", PromRate: 5, PromBurst: defaultScrapes(),
		ScanWindow:    256,
		Log:           Log{Events: "all", Generations: 5, SyncKinds: kinds},
		Recovery:      Recovery{Debounce: time.Second, CaptureBytes: 4096},
		Audit:         Audit{SyncEvery: 1, SyncBudget: 50 * time.Millisecond, RotationBudget: 50 * time.Millisecond},
		Limits:        defaultLimits(),
		UDP:           UDP{RcvBuf: 1 << 20},
		Live:          Live{TurnBudget: 250 * time.Millisecond, ScrapeBudget: 250 * time.Millisecond},
		ShutdownGrace: 5 * time.Second,
	}
	if err := args.Parse(argv, flagsOf(&c)); err != nil {
		return c, err
	}
	return c, c.check()
}

// check holds the rules between flags, in the original's order.
func (c *Config) check() error {
	prom := c.PromSet
	switch {
	case len(c.Sockets) == 0 && len(c.Lines) == 0 && !c.UDP.PortSet:
		return args.Usage("missing required flag --socket (or --serial or --udp-port: at least one source is needed)")
	case c.Threshold == 0:
		return args.Usage("missing required flag --threshold-ms")
	case prom && c.PromToken == "" && !c.PromAnonymous:
		return args.Usage("--prom-addr requires --prom-token-file PATH (64 hex digits, mode 0600), or --prom-anonymous on a loopback address")
	case c.PromToken != "" && !prom:
		return args.Usage("--prom-token-file requires --prom-addr IP:PORT")
	case c.PromAnonymous && !prom:
		return args.Usage("--prom-anonymous requires --prom-addr IP:PORT")
	case c.PromAnonymous && c.PromToken != "":
		return args.Usage("--prom-anonymous and --prom-token-file are mutually exclusive")
	case c.PromAnonymous && !c.PromAddr.Loopback():
		return args.Usage("--prom-anonymous is for loopback addresses only, and --prom-addr is " + c.PromAddr.String())
	}
	if err := c.checkRecovery(); err != nil {
		return err
	}
	if err := c.checkUDP(); err != nil {
		return err
	}
	if err := c.checkConfine(); err != nil {
		return err
	}
	if c.StateDir != "" && !c.sealed() {
		return args.Usage("--state-dir keeps what sources with keys remember, and there is none (--udp-port with a key flag, or --serial with key-file=)")
	}
	return c.checkNames()
}

// checkNames refuses two sources that could not be told apart.
func (c *Config) checkNames() error {
	if len(c.Lines) > maxLines {
		return args.Usage("--serial: " + strconv.Itoa(len(c.Lines)) + " lines are more than the maximum of " + strconv.Itoa(maxLines))
	}
	for i, a := range c.Lines {
		if c.UDP.PortSet && a.Name == UDPLabel {
			return args.Usage("--serial: the name \"udp\" is that of the UDP source; call the line otherwise")
		}
		for _, b := range c.Lines[:i] {
			if a.Name == b.Name {
				return args.Usage("--serial: the name " + lean.Quote(a.Name) + " is given twice; each line needs its own")
			}
			if a.Device == b.Device {
				return args.Usage("--serial: " + a.Device + " is given to both " + lean.Quote(b.Name) + " and " + lean.Quote(a.Name) + "; a line has one reader")
			}
		}
	}
	for i, a := range c.Sockets {
		for _, b := range c.Sockets[:i] {
			if a == b {
				return args.Usage("--socket: " + a + " is given twice")
			}
		}
		if c.isNamed(a) {
			return args.Usage("--socket: " + a + " is what another source is called; write ./" + a)
		}
	}
	return nil
}

// isNamed reports whether a socket's path could be taken for another source.
func (c *Config) isNamed(path string) bool {
	for _, l := range c.Lines {
		if l.Name == path {
			return true
		}
	}
	return c.UDP.PortSet && path == UDPLabel
}
