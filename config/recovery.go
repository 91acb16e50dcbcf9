package config

import (
	"time"

	"vlpd/args"
)

// Recovery is what to run for an agent that stalled.
type Recovery struct {
	Command      string
	CommandSet   bool
	File         string // that holds the command
	Debounce     time.Duration
	Timeout      time.Duration // 0: none
	Env          []string      // NAME=VALUE
	InheritEnv   bool
	Capture      bool
	CaptureBytes int
	Max          int // commands at once, 0: as many as agents
}

// Audit is the record of what was decided and run.
type Audit struct {
	Path           string // "": none
	KeyFile        string // "": the chain is not keyed
	MaxBytes       int64  // 0: never rotated
	SyncEvery      int
	SyncInterval   time.Duration
	SyncBudget     time.Duration
	RotationBudget time.Duration
}

const (
	minRecoveryTimeout = 100 * time.Millisecond
	minAuditBytes      = 4096
	maxCapture         = 1 << 20
)

// IsSet reports whether there is anything to run.
func (r *Recovery) IsSet() bool { return r.CommandSet || r.File != "" }

// Captured is how many bytes of output are kept, 0 for output that is ours.
func (r *Recovery) Captured() int {
	if !r.Capture {
		return 0
	}
	return r.CaptureBytes
}

// AtOnce is how many commands may run at once.
func (r *Recovery) AtOnce(capacity int) int {
	if r.Max == 0 {
		return capacity
	}
	return r.Max
}

func (c *Config) checkRecovery() error {
	r := &c.Recovery
	if r.Capture && !r.IsSet() {
		return args.Usage("--recovery-capture-stdio requires --recovery-exec or --recovery-exec-file")
	}
	if c.Audit.KeyFile != "" && c.Audit.Path == "" {
		return args.Usage("--recovery-audit-key-file requires --recovery-audit-file PATH")
	}
	return c.checkFiles()
}

// WrittenFile is a file of ours, and the flag that names it.
type WrittenFile struct{ Flag, Path string }

// Written are the files that are written again and again; an empty path is none.
func (c *Config) Written() [3]WrittenFile {
	return [...]WrittenFile{
		{"--export-file", c.Log.Path}, {"--recovery-audit-file", c.Audit.Path}, {"--heartbeat-file", c.Live.HeartbeatPath},
	}
}

// checkFiles refuses one file for two uses, each of which would spoil the other.
func (c *Config) checkFiles() error {
	var taken []WrittenFile
	for _, path := range c.Sockets {
		taken = append(taken, WrittenFile{"--socket", path})
	}
	for _, a := range c.Written() {
		for _, b := range taken {
			if a.Path != "" && a.Path == b.Path {
				return args.Usage(a.Flag + ": " + a.Path + " is the file of " + b.Flag + " already; each needs its own")
			}
		}
		taken = append(taken, a)
	}
	return nil
}
