package main

import (
	"time"

	"vlpd/args"
)

// RecoveryConfig is what to run for an agent that stalled.
type RecoveryConfig struct {
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

// AuditConfig is the record of what was decided and run.
type AuditConfig struct {
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

// set reports whether there is anything to run.
func (r *RecoveryConfig) set() bool { return r.CommandSet || r.File != "" }

// captured is how many bytes of output are kept, 0 for output that is ours.
func (r *RecoveryConfig) captured() int {
	if !r.Capture {
		return 0
	}
	return r.CaptureBytes
}

// atOnce is how many commands may run at once.
func (r *RecoveryConfig) atOnce(capacity int) int {
	if r.Max == 0 {
		return capacity
	}
	return r.Max
}

func (c *Config) checkRecovery() error {
	r := &c.Recovery
	if r.Capture && !r.set() {
		return args.Usage("--recovery-capture-stdio requires --recovery-exec or --recovery-exec-file")
	}
	if c.Audit.KeyFile != "" && c.Audit.Path == "" {
		return args.Usage("--recovery-audit-key-file requires --recovery-audit-file PATH")
	}
	return c.checkFiles()
}

// checkFiles refuses one file for two uses, each of which would spoil the other.
func (c *Config) checkFiles() error {
	files := c.written()
	for i, a := range files {
		for _, b := range files[:i] {
			if a.path != "" && a.path == b.path {
				return args.Usage(a.flag + ": " + a.path + " is the file of " + b.flag + " already; each needs its own")
			}
		}
	}
	return nil
}
