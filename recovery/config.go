package recovery

import (
	"strconv"

	"vlpd/lean"
)

// Limits of a Config.
const (
	MaxCapacity   = 65536
	MaxDebounceNS = int64(1) << 58 // nine years; sums with a clock reading still fit
)

// How failed attempts are spaced.
const (
	leastRetryNS = 100e6 // also without a debounce
	mostRetryNS  = 60e9  // but never less than the debounce
)

// Config describes a Table.
type Config struct {
	Capacity   int   // agents to remember, 1 to MaxCapacity
	Max        int   // children at once, 1 to MaxCapacity
	DebounceNS int64 // 0 to MaxDebounceNS
	Sources    int   // 1 to 65,536; the sources of keys are below it
	// AllowCrossNamespace lets commands run for agents of other pid namespaces.
	AllowCrossNamespace bool
	// Recycled reports whether the agent's pid now belongs to another process
	// than the one that beat. An agent that has exited, and whose pid is nobody's,
	// is what recovery is for: false. So is a device, whose number is no pid. It
	// is asked just before an attempt is handed out, must not block and must not
	// allocate. nil: always false.
	Recycled func(Key) bool
	// Seed perturbs the hash, so that whoever chooses pids cannot choose
	// collisions. Any random number.
	Seed uint32
}

// Check says what is wrong with c, naming the limit that was passed.
func (c *Config) Check() error {
	err := within("capacity", int64(c.Capacity), 1, MaxCapacity)
	if err == nil {
		err = within("children at once:", int64(c.Max), 1, MaxCapacity)
	}
	if err == nil {
		err = within("sources:", int64(c.Sources), 1, 1<<16)
	}
	if err == nil {
		err = within("debounce in ns:", c.DebounceNS, 0, MaxDebounceNS)
	}
	return err
}

// within is an error unless low <= n <= high.
func within(what string, n, low, high int64) error {
	if n >= low && n <= high {
		return nil
	}
	return lean.New("recovery: " + what + " " + strconv.FormatInt(n, 10) + " is not within " +
		strconv.FormatInt(low, 10) + " to " + strconv.FormatInt(high, 10))
}
