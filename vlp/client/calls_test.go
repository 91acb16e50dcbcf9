package client

import "strings"

// beatCalls counts, in the output of strace, the calls between connect and the
// end of the last beat, and those that sent a frame.
func beatCalls(trace string) (calls, sends int) {
	seen, pending := false, 0
	for line := range strings.Lines(trace) {
		switch {
		case strings.Contains(line, "connect("):
			seen = true
		case !seen || !strings.Contains(line, "("):
		case strings.Contains(line, `"VA\2`) && strings.Contains(line, "32"):
			sends++
			calls += pending + 1
			pending = 0
		default:
			pending++ // counts only if a beat follows
		}
	}
	return calls, sends
}
