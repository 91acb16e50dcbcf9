package watch

import (
	"strconv"

	"vlpd/lean"
)

// Limits of a Config.
const (
	MaxCapacity    = 65536
	MaxClasses     = 256
	MaxThresholdNS = int64(1) << 58 // nine years; ten times that still fits
)

// SourceKind says how far the frames of a source can be trusted to be in
// order and new.
type SourceKind uint8

const (
	Local      SourceKind = iota // Unix socket: the kernel names the sender
	Wire                         // serial line: nothing overtakes, noise eats frames
	Net                          // plain UDP: frames overtake and may be replayed
	Sealed                       // secure UDP: nothing can be replayed, and the seal tells sessions apart
	SealedWire                   // serial line with a key: a Wire whose sessions the seal tells apart
)

// isWire reports a serial line, with a key or without.
func (k SourceKind) isWire() bool { return k == Wire || k == SealedWire }

// isSealed reports frames that nobody can record and send again.
func (k SourceKind) isSealed() bool { return k == Sealed || k == SealedWire }

// Policy says who may be evicted from a full table for a newcomer.
type Policy uint8

const (
	// Strict evicts the agent that stalled first of those silent for more than
	// ten times their threshold, or nobody.
	Strict Policy = iota
	// Balanced does the same, and where Strict finds nobody it evicts the agent
	// whose last beat is oldest.
	Balanced
)

// Config describes a Table.
type Config struct {
	Capacity   int     // agents, 1 to MaxCapacity
	Thresholds []int64 // ns, 1 to MaxThresholdNS, one a class, up to MaxClasses
	// Classify gives the class of a new agent, an index of Thresholds. It is
	// asked once an admission and must not allocate. nil: always 0.
	Classify func(source uint16, pid uint32) uint8
	Kinds    []SourceKind // one a source
	Evict    Policy
	// Vouch has Observe take frames of Local sources only of agents whose sender
	// was judged, see ObserveVouched.
	Vouch bool
	// Frames a second of one agent and of all together, on sources that are no
	// line, and how many of all may come at once; 0 is off. See package limit.
	AgentRate, GlobalRate, GlobalBurst uint32
	// Seed perturbs the hash, so that whoever chooses pids cannot choose
	// collisions. Any random number; the same seed gives the same table.
	Seed uint32
}

// Check says what is wrong with c, naming the limit that was passed.
func (c *Config) Check() error {
	err := within("capacity ", int64(c.Capacity), " is", MaxCapacity)
	if err == nil {
		err = within("", int64(len(c.Thresholds)), " thresholds are", MaxClasses)
	}
	for _, ns := range c.Thresholds {
		if err == nil {
			err = within("threshold ", ns, " ns is", MaxThresholdNS)
		}
	}
	if err == nil {
		err = within("", int64(len(c.Kinds)), " sources are", 1<<16)
	}
	return err
}

// within is an error unless 1 <= n <= high.
func within(before string, n int64, after string, high int64) error {
	if n >= 1 && n <= high {
		return nil
	}
	return lean.New("watch: " + before + strconv.FormatInt(n, 10) + after + " not within 1 to " + strconv.FormatInt(high, 10))
}
