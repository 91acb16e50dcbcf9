package intake

// Reason is why a frame that came in was not accepted, the value of the label
// "reason" of varta_frames_dropped_total. Each frame has one.
type Reason uint8

// The reasons. A source gives the first eight, in this order of judging; the
// last three come from whoever remembers the agents.
const (
	Accepted      Reason = iota // not a reason
	Oversize                    // longer than a frame
	CTrunc                      // the sender attached more than credentials (MSG_CTRUNC)
	Truncated                   // shorter than a frame, or empty
	NoCredentials               // the kernel did not say who sent it
	ForeignUID                  // the sender runs as another user, root included
	Decode                      // package vlp refused it; it has a vlp.Fault
	PIDAboveMax                 // no process of this machine can have that pid
	SpoofedPID                  // the frame names another process than its sender
	OutOfOrder                  // the nonce is older than the agent's last
	Duplicate                   // the nonce is the agent's last
	Capacity                    // a new agent, and no room for it
	Reasons                     // how many there are, Accepted included
)

var reasonLabels = [Reasons]string{
	Accepted:      "accepted",
	Oversize:      "oversize",
	CTrunc:        "ctrunc",
	Truncated:     "truncated",
	NoCredentials: "no_credentials",
	ForeignUID:    "foreign_uid",
	Decode:        "decode",
	PIDAboveMax:   "pid_above_max",
	SpoofedPID:    "spoofed_pid",
	OutOfOrder:    "out_of_order",
	Duplicate:     "duplicate",
	Capacity:      "capacity",
}

// Label returns the value of the metric label.
func (r Reason) Label() string { return reasonLabels[r] }
