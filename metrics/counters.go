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

// Counters are what a Server has done so far. They belong to the goroutine
// that calls it.
type Counters struct {
	Accepted     uint64           // connections
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
