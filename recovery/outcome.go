package recovery

// Outcome is what became of a stall or of an attempt, the value of the label
// "outcome" of varta_recovery_outcomes_total.
type Outcome uint8

// The outcomes, in the original's order; the last two are ours.
const (
	Pending                         Outcome = iota // none yet: an attempt to be made
	Spawned                                        // a child runs
	Debounced                                      // put off
	ReapedZero                                     // the child exited 0
	ReapedNonzero                                  // it exited otherwise, or died of a signal that is not ours
	Killed                                         // we killed it after its timeout
	SpawnFailed                                    // there is no child
	RefusedUnauthenticatedTransport                // see Attestation, as of the next
	RefusedCrossNamespace
	RefusedDebounceCapacity    // no room to remember the agent
	RefusedOutstandingCapacity // put off until a child ends
	RefusedSocketModeOnly      // see Attestation
	RefusedLineDown            // put off until the line is up
	RefusedPIDRecycled         // the pid belongs to a stranger
	Outcomes                   // how many there are, Pending included
)

var outcomeLabels = [Outcomes]string{
	Pending:                         "pending",
	Spawned:                         "spawned",
	Debounced:                       "debounced",
	ReapedZero:                      "reaped_zero",
	ReapedNonzero:                   "reaped_nonzero",
	Killed:                          "killed",
	SpawnFailed:                     "spawn_failed",
	RefusedUnauthenticatedTransport: "refused_unauthenticated_transport",
	RefusedCrossNamespace:           "refused_cross_namespace",
	RefusedDebounceCapacity:         "refused_debounce_capacity",
	RefusedOutstandingCapacity:      "refused_outstanding_capacity",
	RefusedSocketModeOnly:           "refused_socket_mode_only",
	RefusedLineDown:                 "refused_line_down",
	RefusedPIDRecycled:              "refused_pid_recycled",
}

// Label returns the value of the metric label.
func (o Outcome) Label() string { return outcomeLabels[o] }

// Reason is the value of the label "reason" of varta_recovery_refused_total
// and of the audit log; "" if nothing was refused. It is the outcome's label
// without its first word, with the one exception that the original makes.
func (o Outcome) Reason() string {
	switch {
	case o == RefusedCrossNamespace:
		return "cross_namespace_agent"
	case o >= RefusedUnauthenticatedTransport && o < Outcomes:
		return outcomeLabels[o][len("refused_"):]
	}
	return ""
}

// Attestation says who vouches that a beat came from the agent it names.
type Attestation uint8

const (
	// Unattested: nobody. Plain UDP, a line that is not declared trusted, a
	// sender to whom the kernel gives pid 0 because it is outside our namespace.
	Unattested Attestation = iota
	// Attested: the kernel, or the operator who declared the source trusted.
	Attested
	// CrossNamespace: the kernel, but the agent's pid namespace is another.
	CrossNamespace
	// SocketModeOnly: nothing but the rights on the socket's file. Linux knows
	// better; the label is kept for the original's dashboards.
	SocketModeOnly
)

// Counts are totals since New.
type Counts struct {
	Outcomes   [Outcomes]uint64 // by Outcome; Pending stays 0
	DurationNS uint64           // of all children that ended, from the attempt on
	Durations  uint64           // how many these are
	Replaced   uint64           // debounce entries that gave their place to a newcomer
	Strays     uint64           // results that belong to no attempt
}
