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
	SocketMode uint32 // or modeUnsaid
	RcvBuf     int    // bytes, 0: the kernel's
	QueueLen   int    // datagrams, 0: the kernel's
	Lines      []intake.LineConfig

	Threshold time.Duration
	Capacity  int
	Evict     watch.Policy
	Clock     string // "monotonic" or "boottime"

	ScanWindow int // of the original's search for whom to evict; only shown

	Log      LogConfig
	Recovery RecoveryConfig
	Audit    AuditConfig
	Limits   LimitConfig
	UDP      UDPConfig
	StateDir string // where sealed sources keep what they have seen; empty: nowhere
	Trust    TrustConfig
	Live     LiveConfig
	Confine  ConfineConfig

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
		SocketMode: modeUnsaid, RcvBuf: 1 << 20, QueueLen: 1024,
		Capacity: 256, Clock: "monotonic", PromRate: 5, PromBurst: defaultScrapes(),
		ScanWindow:    256,
		Log:           LogConfig{Events: "all", Generations: 5, SyncKinds: kinds},
		Recovery:      RecoveryConfig{Debounce: time.Second, CaptureBytes: 4096},
		Audit:         AuditConfig{SyncEvery: 1, SyncBudget: 50 * time.Millisecond, RotationBudget: 50 * time.Millisecond},
		Limits:        defaultLimits(),
		UDP:           UDPConfig{RcvBuf: 1 << 20},
		Live:          LiveConfig{TurnBudget: 250 * time.Millisecond, ScrapeBudget: 250 * time.Millisecond},
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
		if c.UDP.PortSet && a.Name == udpLabel {
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
	return c.UDP.PortSet && path == udpLabel
}
