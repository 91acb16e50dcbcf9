package intake

// Reason is why a frame that came in was not accepted, the value of the label
// "reason" of varta_frames_dropped_total. Each frame has one.
type Reason uint8

// The reasons. A source gives those up to SenderTable, in this order of judging
// but for those of sealed frames, which are judged before Decode; the
// rest comes from whoever remembers the agents.
const (
	Accepted          Reason = iota // not a reason
	Oversize                        // longer than a frame
	CTrunc                          // the sender attached more than credentials (MSG_CTRUNC)
	Truncated                       // shorter than a frame, or empty
	NoCredentials                   // the kernel did not say who sent it
	ForeignUID                      // the sender runs as another user, root included
	Decode                          // package vlp refused it; it has a vlp.Fault
	PIDAboveMax                     // no process of this machine can have that pid
	SpoofedPID                      // the frame names another process than its sender
	Undecryptable                   // no key opens it
	Replayed                        // it was opened before, or a later one of its session was
	SenderTable                     // a new sender or session, and no room to remember it
	OutOfOrder                      // the nonce is older than the agent's last
	Duplicate                       // the nonce is the agent's last
	Capacity                        // a new agent, and no room for it
	AgentRate                       // one agent or sender is too fast
	GlobalRate                      // all together are too fast
	ForeignNamespace                // its process lives in another pid namespace
	NamespaceConflict               // in another than the process that had the pid
	OriginConflict                  // somebody unproven claims the pid of a proven process
	Reasons                         // how many there are, Accepted included
)

var reasonLabels = [Reasons]string{
	Accepted:          "accepted",
	Oversize:          "oversize",
	CTrunc:            "ctrunc",
	Truncated:         "truncated",
	NoCredentials:     "no_credentials",
	ForeignUID:        "foreign_uid",
	Decode:            "decode",
	PIDAboveMax:       "pid_above_max",
	SpoofedPID:        "spoofed_pid",
	Undecryptable:     "undecryptable",
	Replayed:          "replayed",
	SenderTable:       "sender_table",
	OutOfOrder:        "out_of_order",
	Duplicate:         "duplicate",
	Capacity:          "capacity",
	AgentRate:         "rate_per_pid",
	GlobalRate:        "rate_global",
	ForeignNamespace:  "foreign_namespace",
	NamespaceConflict: "namespace_conflict",
	OriginConflict:    "origin_conflict",
}

// Label returns the value of the metric label.
func (r Reason) Label() string { return reasonLabels[r] }
