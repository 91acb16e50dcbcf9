package metrics

import "golang.org/x/sys/unix"

// Reason says why a connection was given up before its answer was sent.
type Reason uint8

// The reasons; a client that leaves before it has asked anything is none.
const (
	Gone    Reason = iota // the client reset or closed the connection, or the kernel failed it
	Slow                  // it did not read: dropped 10 to 20 s after it last did
	Overrun               // the page appended more than it was given room for
	Reasons
)

// ReasonNames are the reasons as label values.
var ReasonNames = [Reasons]string{"gone", "slow", "overrun"}

// Refusal is a reason of varta_prom_connections_dropped_total.
type Refusal uint8

// The refusals, in the order in which the original prints them.
const (
	Drain     Refusal = iota // always 0: what finds no slot waits in the kernel for one
	RateLimit                // reset before it was heard: its address connects too often
	TableFull                // an address forgotten for a new one, whose own connection is served
	Refusals
)

// RefusalNames are the refusals as label values.
var RefusalNames = [Refusals]string{"drain", "rate_limit", "ip_table_full"}

// Counters are what a Server has done so far. They belong to the goroutine
// that calls it.
type Counters struct {
	Accepted     uint64           // connections that got a slot
	Refused      [Refusals]uint64 // by Options.RatePerSec and Burst
	Responses    [Statuses]uint64 // begun, by status; StatusCodes has the names
	Pages        uint64           // handed to the kernel whole
	Slices       uint64           // rendered
	SentBytes    uint64           // of all kinds
	Dropped      [Reasons]uint64  // connections given up
	AcceptErrors uint64           // failures of accept4 that are not the client's doing
	AcceptErrno  unix.Errno       // the last of them
}

// AuthFailures is varta_prom_auth_failures_total: requests without the token.
func (c *Counters) AuthFailures() uint64 { return c.Responses[unauthorized] }
