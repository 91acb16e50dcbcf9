package config

import (
	"os"
	"strings"
	"time"
)

// Limits bounds what senders may send; 0 is off.
type Limits struct {
	PerAgent    uint32 // beats a second
	Global      uint32 // frames a second
	GlobalBurst uint32 // frames at once
}

// originalName is what the program is called where it takes the original's
// place; it has its habits then.
const originalName = "varta-watch"

// CalledAs is the name that we were started by, without its folder.
func CalledAs() string { return os.Args[0][strings.LastIndexByte(os.Args[0], '/')+1:] }

// defaultLimits are none: a beat that is dropped makes a live agent look dead,
// and nobody's beats need protection from others here. Who replaces the original
// has its limits.
func defaultLimits() Limits {
	if CalledAs() == originalName {
		return Limits{PerAgent: 100, Global: 5000, GlobalBurst: 10000}
	}
	return Limits{GlobalBurst: 10000}
}

// defaultScrapes is how many scrapes may come at once from one address; 0: any
// number, for they delay nothing here.
func defaultScrapes() uint32 {
	if CalledAs() == originalName {
		return 10
	}
	return 0
}

// Trust is about processes of other users and of other pid namespaces.
type Trust struct {
	Users        []string // whose agents are taken beside our own: names, or uids
	AllowForeign bool
	Strict       bool
}

// Live is how the observer shows that it is alive.
type Live struct {
	HeartbeatPath string
	SelfAfter     time.Duration // 0: only under systemd's watchdog
	Hardware      string        // a watchdog device
	TurnBudget    time.Duration
	ScrapeBudget  time.Duration
}
