package config

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"vlpd/args"
	"vlpd/event"
	"vlpd/intake"
	"vlpd/lean"
	"vlpd/metrics"
	"vlpd/watch"
)

// flagsOf is the table of the observer's flags, each bound to its place in c.
// Only the flags files know their names and meaning.
func flagsOf(c *Config) []args.Flag {
	all := observerFlags(c)
	all = append(all, udpFlags(c)...)
	all = append(all, trustFlags(c)...)
	all = append(all, recoveryFlags(c)...)
	all = append(all, liveFlags(c)...)
	return append(all, confineFlags(c)...)
}

// observerFlags are about sources, agents, the event log and /metrics.
func observerFlags(c *Config) []args.Flag {
	log := &c.Log
	return []args.Flag{
		{Name: "--socket", Arg: "PATH", About: "Unix datagram socket for beats; repeatable", Set: setSocket(c)},
		{Name: "--socket-mode", Arg: "OCTAL", Def: "0600", About: "mode of the socket file, whatever the umask", Set: setMode(&c.SocketMode)},
		{Name: "--uds-rcvbuf-bytes", Arg: "BYTES", Def: "1048576", About: "receive buffer to ask for; 0 leaves the kernel's", Set: args.Int(&c.RcvBuf, 0, 1<<31-1)},
		{Name: "--uds-queue-len", Arg: "N", Def: "1024", About: "datagrams the kernel may hold for us: net.unix.max_dgram_qlen is raised around socket() and put back, if we may; 0 leaves the kernel's", Set: args.Int(&c.QueueLen, 0, 65536)},
		{Name: "--serial", Arg: "NAME=DEVICE[,BAUD[,8N1]][,trust=yes][,key-file=PATH]", About: "serial line for beats; repeatable; DEVICE is a path, usb:VENDOR:PRODUCT[:SERIAL] or usb:BUSPATH; 115200 8N1 if not said; with a key file, of one key a line, its frames are sealed, and plain ones refused", Set: setSerial(c)},
		{Name: "--threshold-ms", Arg: "MS", Def: "required", About: "silence after which an agent has stalled; at least 10", Set: setMillis(&c.Threshold, minThreshold)},
		{Name: "--tracker-capacity", Arg: "N", Def: "256", About: "agents that are remembered; 1 to 65536", Set: args.Int(&c.Capacity, 1, maxCapacity)},
		{Name: "--tracker-eviction-policy", Arg: "strict|balanced", Def: "strict", About: "who makes room when all places are taken: one that stalled long ago; balanced: else the one silent longest", Set: setEvict(c)},
		{Name: "--clock-source", Arg: "monotonic|boottime", Def: "monotonic", About: "the clock of deadlines; boottime counts suspend", Set: setClock(c)},
		{Name: "--export-file", Arg: "PATH", About: "event log on flash, six columns", Set: args.Text(&log.Path)},
		{Name: "--export-file-events", Arg: "all|changes", Def: "all", About: "changes leaves ordinary beats out", Set: args.Word(&log.Events, "all", "changes")},
		{Name: "--export-file-max-bytes", Arg: "BYTES", About: "size at which the log becomes generation .1; at least 512", Set: args.Int(&log.MaxBytes, minLogBytes, 1<<62)},
		{Name: "--export-file-generations", Arg: "N", Def: "5", About: "old generations that are kept; 1 to 99", Set: args.Int(&log.Generations, 1, 99)},
		{Name: "--export-file-sync-every", Arg: "ROWS", Def: "0", About: "fdatasync after so many rows; 0 is off", Set: args.Int(&log.SyncEvery, 0, 1<<31-1)},
		{Name: "--export-file-sync-interval-ms", Arg: "MS", Def: "0", About: "fdatasync rows that are older; 0 is off", Set: setMillis(&log.SyncInterval, 0)},
		{Name: "--export-file-sync-kinds", Arg: "LIST|none", Def: defaultSyncKinds, About: "kinds of rows that are synced at once", Set: setKinds(c)},
		{Name: "--export-file-budget", Arg: "BYTES", Def: "off", About: "bytes a day that may reach flash (20MB): beats are synced more rarely, stalls never", Set: setBudget(&log.Budget)},
		{Name: "--prom-addr", Arg: "IP:PORT", About: "serve /metrics there; the bound address is printed on stdout", Set: setAddr(c)},
		{Name: "--prom-token-file", Arg: "PATH", About: "bearer token: 64 hex digits, mode 0600, our own", Set: args.Text(&c.PromToken)},
		{Name: "--prom-anonymous", About: "no token, on a loopback address only", Set: func(string) error { c.PromAnonymous = true; return nil }},
		{Name: "--prom-rate-limit-per-sec", Arg: "N", Def: "5", About: "connections a second from one address, in the long run; 0: never more than the burst", Set: args.Int(&c.PromRate, 0, 1<<32-1)},
		{Name: "--prom-rate-limit-burst", Arg: "N", Def: "0; called varta-watch: 10", About: "connections that may come at once from one address; 0 is no limit", Set: args.Int(&c.PromBurst, 0, 1<<32-1)},
		{Name: "--log-format", Arg: "json|text", Def: "text on a terminal, else json", About: "form of the lines on stderr", Set: args.Word(&c.LogFormat, "json", "text")},
		{Name: "--shutdown-after-secs", Arg: "S", About: "stop by itself after so long; 0 starts, says ready and stops", Set: setAfter(c)},
		{Name: "--shutdown-grace-ms", Arg: "MS", Def: "5000", About: "longest time a stop may take; at least 100", Set: setMillis(&c.ShutdownGrace, minGrace)},
		{Name: "--read-timeout-ms", Arg: "MS", Def: "100", About: "accepted for varta-watch's sake, without effect: vlpd sleeps until the next deadline", Set: setNoEffect(c, "--read-timeout-ms")},
		{Name: "--signal-handler-mode", Arg: "direct|libc", Def: "direct", About: "accepted for varta-watch's sake, without effect", Set: setModeNoEffect(c)},
	}
}

// maxMillis is what the table can time: nine years.
const maxMillis = watch.MaxThresholdNS / int64(time.Millisecond)

func setSocket(c *Config) func(string) error {
	return func(v string) error {
		if v == "" || !utf8.ValidString(v) { // it is a label, and those are UTF-8
			return lean.New("expected a path in UTF-8, got " + lean.Quote(v))
		}
		c.Sockets = append(c.Sockets, v)
		return nil
	}
}

func setSerial(c *Config) func(string) error {
	return func(v string) error {
		l, err := intake.ParseLine(v)
		c.Lines = append(c.Lines, l)
		return err
	}
}

// setMillis takes a number of milliseconds, at least low.
//
//go:noinline
func setMillis(dst *time.Duration, low time.Duration) func(string) error {
	return func(v string) error {
		ms, err := args.ParseInt(v, 0, maxMillis)
		if err != nil {
			_, err = args.ParseInt(v, low.Milliseconds(), maxMillis) // that says the whole range
			return err
		}
		if ms < low.Milliseconds() {
			return lean.New(v + " is below the minimum allowed value (" + strconv.FormatInt(low.Milliseconds(), 10) + " ms)")
		}
		*dst = time.Duration(ms) * time.Millisecond
		return nil
	}
}

func setNoEffect(c *Config, name string) func(string) error {
	return func(v string) error {
		c.noEffect(name)
		_, err := args.ParseInt(v, 1, maxMillis)
		return err
	}
}

func setModeNoEffect(c *Config) func(string) error {
	var mode string
	set := args.Word(&mode, "direct", "libc")
	return func(v string) error {
		c.noEffect("--signal-handler-mode")
		return set(v)
	}
}

// noEffect notes a flag that means nothing here, once.
func (c *Config) noEffect(name string) {
	for _, known := range c.NoEffect {
		if known == name {
			return
		}
	}
	c.NoEffect = append(c.NoEffect, name)
}

func setAfter(c *Config) func(string) error {
	return func(v string) error {
		s, err := args.ParseInt(v, 0, 1<<30) // 34 years: timers of 32-bit kernels hold that
		c.ShutdownAfter, c.ShutdownAfterSet = time.Duration(s)*time.Second, true
		return err
	}
}

func setMode(dst *uint32) func(string) error {
	return func(v string) error {
		digits := strings.TrimPrefix(strings.TrimPrefix(v, "0o"), "0O")
		n, ok := lean.Uint(digits, 8, 0o777)
		if !ok {
			return lean.New("expected octal digits (e.g. 600, 0600, or 0o600) up to 777, got: " + lean.Quote(v))
		}
		*dst = uint32(n)
		return nil
	}
}

func setEvict(c *Config) func(string) error {
	var word string
	return func(v string) error {
		err := args.Word(&word, "strict", "balanced")(v)
		c.Evict = watch.Strict
		if word == "balanced" {
			c.Evict = watch.Balanced
		}
		return err
	}
}

func setClock(c *Config) func(string) error {
	return func(v string) error {
		if v == "monotonic-raw" || v == "monotonic_raw" {
			return lean.New(v + " is not supported on `linux`, where no timer runs on it (expected monotonic or boottime)")
		}
		return args.Word(&c.Clock, "monotonic", "boottime")(v)
	}
}

func setKinds(c *Config) func(string) error {
	return func(v string) (err error) {
		c.Log.SyncKinds, err = event.ParseKinds(v)
		return err
	}
}

func setAddr(c *Config) func(string) error {
	return func(v string) (err error) {
		c.PromSet = true
		if c.PromAddr, err = metrics.ParseAddr(v); err != nil {
			return lean.Wrap("not a valid socket address", err)
		}
		return nil
	}
}

// setBudget takes a number of bytes with an optional decimal unit.
func setBudget(dst *int64) func(string) error {
	units := []struct {
		name  string
		scale int64
	}{{"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3}, {"B", 1}, {"", 1}}
	return func(v string) error {
		for _, u := range units {
			digits, ok := strings.CutSuffix(v, u.name)
			if !ok {
				continue
			}
			n, ok := lean.Uint(digits, 10, (1<<62)/uint64(u.scale))
			if ok && n > 0 {
				*dst = int64(n) * u.scale
				return nil
			}
			break
		}
		return lean.New("not a number of bytes a day: " + lean.Quote(v) + " (expected like 20MB, 500kB or 20000000)")
	}
}
