package main

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
	SocketMode uint32
	RcvBuf     int // bytes, 0: the kernel's
	QueueLen   int // datagrams, 0: the kernel's
	Lines      []intake.LineConfig

	Threshold time.Duration
	Capacity  int
	Evict     watch.Policy
	Clock     string // "monotonic" or "boottime"

	Log LogConfig

	PromSet       bool
	PromAddr      metrics.Addr
	PromToken     string // path
	PromAnonymous bool

	ShutdownAfter    time.Duration
	ShutdownAfterSet bool
	ShutdownGrace    time.Duration

	LogFormat string   // "json", "text", or "" for what stderr is
	NoEffect  []string // flags that were given and mean nothing here
}

// LogConfig is the event log's part.
type LogConfig struct {
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

// parse reads the observer's command line.
func parse(argv []string) (Config, error) {
	kinds, err := event.ParseKinds(defaultSyncKinds)
	if err != nil {
		panic(err)
	}
	c := Config{
		SocketMode: 0o600, RcvBuf: 1 << 20, QueueLen: 1024,
		Capacity: 256, Clock: "monotonic",
		Log:           LogConfig{Events: "all", Generations: 5, SyncKinds: kinds},
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
	case len(c.Sockets) == 0 && len(c.Lines) == 0:
		return args.Usage("missing required flag --socket (or --serial: at least one source is needed)")
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
	return c.checkNames()
}

// checkNames refuses two sources that could not be told apart.
func (c *Config) checkNames() error {
	if len(c.Lines) > maxLines {
		return args.Usage("--serial: " + strconv.Itoa(len(c.Lines)) + " lines are more than the maximum of " + strconv.Itoa(maxLines))
	}
	for i, a := range c.Lines {
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
	}
	return nil
}
